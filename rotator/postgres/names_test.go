package postgres_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator/postgres"
	"github.com/alberti-dev/alberti/secret"
)

// odd are texts that have broken statements elsewhere.
var odd = map[string]string{
	"single quote": "o'clock",
	"double quote": `say "this"`,
	"space":        " a  b ",
	"backslash":    `a\b\'c\`,
	"unicode":      "Ünï-名前-🔑",
	"combining":    "u\u0308ber",
	"statement":    `x"; DROP ROLE postgres; --`,
	"dollar":       "$$a$1$user%s%d",
	"URL":          "a:b@c/d?e=f#g&h",
	"JSON":         "a\\n\t\r\n{}\u2028<&>",
	"case":         "SELECT",
}

// TestOddNames rotates users of odd names and passwords, alone and in turns.
func TestOddNames(t *testing.T) {
	t.Parallel()
	names := map[string]string{"63 bytes": strings.Repeat("x", 63)}
	for kind, name := range odd {
		names[kind] = "odd " + name
	}
	for kind, user := range names {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			password := "p" + odd[kind]
			newRole(t, user, password)
			accepts(t, user, password)
			s := single(t, value(user, password))
			s.Rotate()
			_, password = s.Login(secret.Current)
			accepts(t, user, password)
			if kind == "63 bytes" {
				return // the clone's name would be too long: rotator's own tests
			}
			pair := alternating(t, value(user, password))
			pair.Rotate()
			accepts(t, user, password)
			user, password = pair.Login(secret.Current)
			accepts(t, user, password)
		})
	}
}

// TestOddPasswords sets odd passwords. PostgreSQL's own client must accept what
// was set: it prepares passwords by other code than ours.
func TestOddPasswords(t *testing.T) {
	t.Parallel()
	newRole(t, "odd_passwords", "right")
	password := "right"
	for kind, text := range odd {
		v := value("odd_passwords", password)
		s := single(t, v)
		s.Begin()
		s.Fill(with(v, "password", "p"+text))
		s.Run(secret.SetSecret, secret.TestSecret)
		password = "p" + text
		psql := exec.Command("psql", "--no-psqlrc", "--no-password", "--command", "SELECT 1")
		psql.Env = append(os.Environ(), "PGHOST="+server.Host, "PGPORT="+strconv.Itoa(server.Port),
			"PGUSER=odd_passwords", "PGPASSWORD="+password, "PGDATABASE=postgres", "PGCLIENTENCODING=UTF8")
		if out, err := psql.CombinedOutput(); err != nil {
			t.Errorf("%s: psql: %v\n%s", kind, err, out)
		}
	}
}

// TestVerifier holds ours against the server's, for the same salt.
func TestVerifier(t *testing.T) {
	t.Parallel()
	for kind, password := range odd {
		newRole(t, "verifier "+kind, password)
		stored := query(t, "SELECT rolpassword FROM pg_authid WHERE rolname = "+literal("verifier "+kind))
		head, _, _ := strings.Cut(strings.TrimPrefix(stored, "SCRAM-SHA-256$"), "$")
		count, salt, _ := strings.Cut(head, ":")
		iterations, err := strconv.Atoi(count)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(salt)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := postgres.ScramWith(postgres.Prepared(secret.Text(password)), raw, iterations); err != nil || got != stored {
			t.Errorf("%s: %s, %v\nthe server has %s", kind, got, err, stored)
		}
	}
}

// TestMD5 meets a server that was set to md5 for old clients.
func TestMD5(t *testing.T) {
	t.Parallel()
	newRole(t, "md5_user", "right", "IN ROLE oldclients") // a SCRAM verifier, so far
	execute(t, "ALTER ROLE md5_user SET password_encryption = 'md5'")
	s := single(t, value("md5_user", "right"))
	if err := set(s); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(s.Report.Notes, "\n"); !strings.Contains(notes, "md5") {
		t.Errorf("notes: %q", notes)
	}
	s.Run(secret.TestSecret, secret.FinishSecret)
	user, password := s.Login(secret.Current)
	accepts(t, user, password)
	if stored := query(t, "SELECT rolpassword FROM pg_authid WHERE rolname = 'md5_user'"); !strings.HasPrefix(stored, "md5") {
		t.Errorf("stored: %s", stored)
	}
}

// TestMethods rotates where pg_hba.conf asks for other than SCRAM.
func TestMethods(t *testing.T) {
	t.Parallel()
	for _, group := range []string{"oldclients", "inclear"} {
		user := "method_" + group
		newRole(t, user, "right", "IN ROLE "+group)
		s := single(t, value(user, "right"))
		s.Rotate()
		_, password := s.Login(secret.Current)
		accepts(t, user, password)
	}
}
