package rabbitmq_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/rabbittest"
	"github.com/alberti-dev/alberti/secret"
)

// TestAnother has the administrator set passwords of users who may not: their
// rights stay, and the broker takes the hash for what it is.
func TestAnother(t *testing.T) {
	t.Parallel()
	session, err := enter(t, value(rabbittest.User, server.Password))
	if err != nil {
		t.Fatal(err)
	}
	for name, tags := range map[string]string{"another": "", "another-tagged": "monitoring,policymaker,custom"} {
		newUser(t, name, "right", tags)
		permit(t, name, "/")
		before := rights(t, name)
		if err := session.SetPassword(t.Context(), name, secret.Text("new-1")); err != nil {
			t.Fatal(err)
		}
		accepts(t, name, "new-1")
		refuses(t, name, "right")
		if err := loginAMQP(name, "new-1", "/"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if now := rights(t, name); strings.Join(now, "\n") != strings.Join(before, "\n") {
			t.Errorf("%s had %s and has %s", name, before, now)
		}
	}
	if err := session.SetPassword(t.Context(), "nobody", secret.Text("new-1")); err == nil || exists(t, "nobody") {
		t.Errorf("SetPassword of nobody: %v", err)
	}
}

// TestOdd rotates users of odd names and passwords.
func TestOdd(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{
		"o'clock", `say "this"`, " a  b ", `a\b\'c\`, "Ünï-名前-🔑", "u\u0308ber", `x","tags","administrator`, "$$a$1$user%s%d", "%2F", "%",
		"a@b/c?d=e#f&g", "../users/guest", "a/../b", "a+b", "a,b", "{}\u2028<&>", "*", "tab\tnew\nline",
	} {
		user, password := "odd "+odd, "p:\x01\x7f"+odd
		newUser(t, user, password, "administrator")
		s := single(t, value(user, password))
		s.Begin()
		s.Fill(value(user, "q:\x01\x7f"+odd))
		s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
		_, password = s.Login(secret.Current)
		accepts(t, user, password)
		permit(t, user, "/")
		if err := loginAMQP(user, password, "/"); err != nil {
			t.Errorf("%q: %v", user, err)
		}
		pair := alternating(t, value(user, password))
		for range 2 {
			pair.Rotate()
			now, password := pair.Login(secret.Current)
			accepts(t, now, password)
		}
		same(t, user, user+"_clone")
	}
}

// TestSecrecy looks for passwords in the log of a server that logs all it can, and
// in what it stores.
func TestSecrecy(t *testing.T) {
	t.Parallel()
	newUser(t, "secretive", "secret-First-1", "administrator")
	newUser(t, "secretive-pair", "secret-First-2", "")
	newUser(t, "secretive-lesser", "secret-First-3", "")
	alone, pair := single(t, value("secretive", "secret-First-1")), alternating(t, value("secretive-pair", "secret-First-2"))
	lesser := single(t, value("secretive-lesser", "secret-First-3"))
	for range 2 {
		alone.Rotate()
		pair.Rotate()
	}
	if set(lesser) == nil {
		t.Error("a user changed its password who may not")
	}
	seen := server.Log() + server.Stored()
	for _, mark := range []string{"secretive-pair_clone", "secretive-lesser"} {
		if !strings.Contains(seen, mark) {
			t.Errorf("there is no %s: this test shows nothing", mark)
		}
	}
	for _, s := range []interface{ Login(string) (string, string) }{alone, pair, lesser} {
		for _, label := range []string{secret.Previous, secret.Current, secret.Pending} {
			if _, password := s.Login(label); password != "" && strings.Contains(seen, password) {
				t.Errorf("the server shows a password")
			}
		}
	}
}

// TestAlgorithm keeps SHA-512 where an account has it. The server here is not set
// to it, so it is looked at what is stored.
func TestAlgorithm(t *testing.T) {
	t.Parallel()
	for algorithm, want := range map[string]string{
		"rabbit_password_hashing_sha512": "rabbit_password_hashing_sha512",
		"rabbit_password_hashing_md5":    "rabbit_password_hashing_sha256",
		"rabbit_password_hashing_sha256": "rabbit_password_hashing_sha256",
	} {
		user := "hashed by " + algorithm
		admin(t, http.MethodPut, "/users/"+url.PathEscape(user), map[string]any{"password_hash": "AAAAAAAA", "hashing_algorithm": algorithm, "tags": ""})
		session, err := enter(t, value(rabbittest.User, server.Password))
		if err != nil {
			t.Fatal(err)
		}
		if err := session.SetPassword(t.Context(), user, secret.Text("new-1")); err != nil {
			t.Fatal(err)
		}
		accepts(t, user, "new-1")
		if text := admin(t, http.MethodGet, "/users/"+url.PathEscape(user), nil); !strings.Contains(text, want) {
			t.Errorf("%s became %s", algorithm, text)
		}
	}
}
