package sqlserver_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/tdstest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/rotator/sqlserver"
	"github.com/alberti-dev/alberti/secret"
)

// odd are texts that have broken statements elsewhere.
var odd = map[string]string{
	"single quote": "o'clock''",
	"double quote": `say "this"`,
	"brackets":     "a]b[c]]d",
	"space":        " a  b ",
	"backslash":    `a\b\'c\`,
	"unicode":      "Ünï-名前",
	"statement":    `x'; DROP LOGIN sa; --`,
	"name":         `x]; DROP LOGIN sa; --`,
	"comment":      "/* -- */",
	"parameter":    "@new$(x)%s",
	"control":      "a\t\r\nb\x01",
	"printable":    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
	"128":          strings.Repeat("'", 127),
}

// TestOdd rotates users of odd names with odd passwords, alone and in turns.
func TestOdd(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for kind, text := range odd {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			user, password := "u"+strings.ReplaceAll(text, `\`, ""), "p"+text
			s.newLogin(user, password)
			s.newUser("app", user, user, false)
			v := s.value(user, password)
			alone := s.single(t, v)
			alone.Begin()
			alone.Fill(with(v, "password", "q"+text))
			alone.Run(secret.SetSecret, secret.TestSecret)
			s.accepts(t, user, "q"+text)
			if kind == "128" {
				return // the clone's name would be too long
			}
			pair := s.alternating(t, s.value(user, "q"+text))
			pair.Rotate()
			pair.Rotate()
			user, password = pair.Login(secret.Current)
			s.accepts(t, user, password)
			if strings.HasSuffix(user, "_clone") {
				t.Errorf("the turn of %q", user)
			}
		})
	}
}

// TestTexts looks for passwords in what the server was sent as a statement.
func TestTexts(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("sent", "first-Sent-1")
	s.newUser("app", "held", "first-Held-1", true)
	subjects := []*rotatortest.Subject{
		s.single(t, s.value("sent", "first-Sent-1")), s.alternating(t, s.value("sent", "first-Sent-1")),
		s.single(t, s.value("held", "first-Held-1")), s.alternating(t, s.value("held", "first-Held-1")),
	}
	passwords := []string{"first-Sent-1", "first-Held-1", "right-Sa-1"}
	for i, subject := range subjects {
		if i%2 == 1 { // the one before has changed its password
			user, password := subjects[i-1].Login(secret.Current)
			master, _ := subject.Secrets.GetSecretValue(t.Context(), subject.ID, "", secret.Current)
			subject.Write(with(s.value(user, password), "masterarn", rotatortest.Member(master, "masterarn")))
		}
		for range 3 {
			subject.Rotate()
			_, password := subject.Login(secret.Current)
			passwords = append(passwords, password)
		}
	}
	text := s.sent()
	for _, want := range []string{"N'ALTER LOGIN '", "N'CREATE LOGIN '", "N'ALTER USER '", "N'CREATE USER '", "OLD_PASSWORD"} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing like %s was sent: this test shows nothing", want)
		}
	}
	for _, password := range passwords {
		if strings.Contains(text, password) {
			t.Errorf("a statement holds the password %s", password)
		}
	}
}

// TestOldPassword rotates where AWSPREVIOUS is in force: the old password that
// the server is told is that one (rotation-functions.md, 7).
func TestOldPassword(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("old", "in-Force-1")
	subject := s.single(t, s.value("old", "in-Force-1"))
	subject.Write(s.value("old", "never-Set-1"))
	subject.Rotate()
	_, password := subject.Login(secret.Current)
	s.accepts(t, "old", password)
}

// TestTwice changes a password twice in one session, as putting it back does.
func TestTwice(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("twice", "first-Twice-1")
	session, err := sqlserver.Engine{}.Login(t.Context(), s.credential("twice", "first-Twice-1"), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, password := range []string{"second-Twice-1", "first-Twice-1"} {
		if err := session.SetPassword(t.Context(), "twice", secret.Text(password)); err != nil {
			t.Fatal(err)
		}
		s.accepts(t, "twice", password)
	}
}

// TestUnacceptable is told by the server's numbers, and by the length.
func TestUnacceptable(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("rules", "right-Rules-1")
	v := s.value("rules", "right-Rules-1")
	for _, password := range []string{"weak", strings.Repeat("x", 129), "p🔑", strings.Repeat("x", 128)} {
		want := password != strings.Repeat("x", 128)
		subject := s.single(t, v)
		subject.Begin()
		subject.Fill(with(v, "password", password))
		if err := subject.Step(secret.SetSecret); errors.Is(err, contract.ErrUnacceptable) != want {
			t.Errorf("%.20s: %v", password, err)
		}
	}
}

// TestTooSoon is no matter of the password.
func TestTooSoon(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("soon", "right-Soon-1")
	s.fail = func(string) []tdstest.Error {
		return []tdstest.Error{{Number: 15114, Message: "Password validation failed. The password for the user is too recent to change."}}
	}
	if err := set(s.single(t, s.value("soon", "right-Soon-1"))); err == nil || errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("%v", err)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("checked", "x")
	s.newLogin("unchecked", "x").options["CHECK_POLICY"] = "OFF"
	s.newUser("app", "contained", "x", true)
	for user, each := range map[string]bool{"checked": true, "unchecked": false, "contained": true, "nobody": true} {
		session, err := sqlserver.Engine{}.Login(t.Context(), s.credential("sa", "right-Sa-1"), &contract.Report{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := session.(rotator.Ruler).Rules(t.Context(), user)
		if want := (rotator.Rules{MaxLength: 128, EachType: each}); err != nil || got != want {
			t.Errorf("%s: %+v, %v", user, got, err)
		}
		session.Close()
	}
}
