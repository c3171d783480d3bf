package oracle_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/oracle"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// value is a secret's value for a user.
func value(user, password string) map[string]any {
	return map[string]any{
		"engine": "oracle", "host": "oracle.example", "port": 1521, "dbname": "orclpdb", "username": user, "password": password, "ssl": false,
	}
}

func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

func credential(user, password string) rotator.Credential {
	return rotator.Credential{Host: "oracle.example", Port: 1521, Database: "orclpdb", Username: user, Password: secret.Text(password), TLS: rotator.TLSOff}
}

func (f *fake) single(t testing.TB, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, f.engine(), v)
}

func (f *fake) alternating(t testing.TB, v map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, f.engine(), value("system", "Right-System-1"))
	return rotatortest.New(t, m, "alternating", rotator.AlternatingUsers, f.engine(), with(v, "masterarn", master.ID))
}

func (f *fake) login(_ testing.TB, user, password string) error {
	session, err := f.engine().Login(context.Background(), credential(user, password), &contract.Report{})
	if err != nil {
		return err
	}
	return session.Close()
}

func (f *fake) accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := f.login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	f := newFake()
	rotatortest.Run(t, rotatortest.Harness{
		Engine: f.engine(), Value: value,
		User:  func(_ testing.TB, user, password string) { f.add(user, password) },
		Login: f.login,
		Reset: func(_ testing.TB, user, password string) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.users[oracle.Canonical(user)].password = password
		},
		Drop:  func(_ testing.TB, user string) { f.drop(user) },
		Admin: "system", AdminPassword: "Right-System-1",
		Lock: f.lock, Expire: f.expire, Limit: f.limit, Grant: f.grant, Revoke: f.revoke, Can: f.can,
		OtherNames:     func(user string) []string { return []string{strings.ToUpper(user), `"` + strings.ToUpper(user) + `"`} },
		NotInPasswords: `"`, NotInNames: `"`,
	})
}

// TestOddPasswords sets every printable character but the double quote.
func TestOddPasswords(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.longest = 30 // before 23ai
	f.add("odd", "Right-Odd-1")
	v := value("odd", "Right-Odd-1")
	for _, password := range []string{"!#$%&'()*+,-./:;<=>?@[]", `\^_` + "`{|}~", " a  b ", "o'clock''", "Ünï-名前", "x; DROP USER SYSTEM --", "a\tb"} {
		s := f.single(t, v)
		s.Begin()
		s.Fill(with(v, "password", password))
		s.Run(secret.SetSecret, secret.TestSecret)
		v = with(v, "password", password)
		f.accepts(t, "odd", password)
	}
	for _, password := range []string{`say "this"`, `x" ACCOUNT LOCK --`, "nul\x00", "weak", strings.Repeat("x", 31)} {
		s := f.single(t, v)
		s.Begin()
		s.Fill(with(v, "password", password))
		if err := s.Step(secret.SetSecret); !errors.Is(err, contract.ErrUnacceptable) {
			t.Errorf("%q: %v", password, err)
		}
	}
	for _, text := range f.log {
		if strings.Contains(text, "IDENTIFIED BY") {
			t.Errorf("a statement with a password was sent as text: %s", text)
		}
	}
}

// TestNames are in upper case unless they are quoted.
func TestNames(t *testing.T) {
	t.Parallel()
	f := newFake()
	for written, catalog := range map[string]string{"app": "APP", `"app"`: "app", `"Mixed Case'--"`: "Mixed Case'--", "ÄPP$": "ÄPP$"} {
		f.add(written, "Right-Name-1")
		if f.users[catalog] == nil {
			t.Fatalf("%s is not %s", written, catalog)
		}
		s := f.single(t, value(written, "Right-Name-1"))
		s.Rotate()
		_, password := s.Login(secret.Current)
		if f.users[catalog].password != password {
			t.Errorf("%s was not changed", written)
		}
	}
	if f.users["app"].password == f.users["APP"].password {
		t.Error("two users have one password")
	}
	if err := set(f.alternating(t, value(`"app"`, f.users["app"].password))); err == nil || !strings.Contains(err.Error(), "double quotes") {
		t.Errorf("alternating a quoted name: %v", err)
	}
}

// steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}

// TestRollover keeps the old password in force where the profile says so, and
// ends the period at the next rotation.
func TestRollover(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.add("roll", "Right-Roll-1").options["ROLLOVER"] = "1"
	s := f.single(t, value("roll", "Right-Roll-1"))
	eldest := ""
	for range 3 {
		_, old := s.Login(secret.Current)
		if err := set(s); err != nil {
			t.Fatal(err)
		}
		if !s.Report.Changed.IsZero() || !strings.Contains(strings.Join(s.Report.Notes, "\n"), "keeps the old password in force for 1 days") {
			t.Errorf("changed at %v, notes %q", s.Report.Changed, s.Report.Notes)
		}
		f.accepts(t, "roll", old)
		if eldest != "" && f.login(t, "roll", eldest) == nil {
			t.Error("the password from before the last rotation is in force")
		}
		s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
		_, password := s.Login(secret.Current)
		f.accepts(t, "roll", password)
		f.accepts(t, "roll", old)
		eldest = old
	}
}

// TestRolloverCancelled begins anew while the old password and a forgotten one
// are in force: nothing is lost.
func TestRolloverCancelled(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.add("cancel", "Right-Cancel-1").options["ROLLOVER"] = "1"
	s := f.single(t, value("cancel", "Right-Cancel-1"))
	if err := set(s); err != nil {
		t.Fatal(err)
	}
	if err := s.Secrets.UpdateSecretVersionStage(t.Context(), s.ID, secret.Pending, "", s.Token); err != nil {
		t.Fatal(err)
	}
	if err := set(s); err == nil {
		t.Fatal("the eldest password ended a rollover and replaced another")
	}
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
	_, password := s.Login(secret.Current)
	f.accepts(t, "cancel", password)
}

func TestRules(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.add("ruled", "Right-Rules-1").options["VERIFY"] = "ORA12C_VERIFY_FUNCTION"
	f.add("free", "Right-Rules-1")
	for _, c := range []struct {
		by, of string
		each   bool
	}{{"ruled", "ruled", true}, {"free", "free", false}, {"system", "ruled", true}, {"system", "free", false}, {"system", "nobody", false}} {
		password := "Right-Rules-1"
		if c.by == "system" {
			password = "Right-System-1"
		}
		session, err := f.engine().Login(t.Context(), credential(c.by, password), &contract.Report{})
		if err != nil {
			t.Fatal(err)
		}
		defer session.Close()
		got, err := session.(rotator.Ruler).Rules(t.Context(), c.of)
		if want := (rotator.Rules{MaxLength: 30, EachType: c.each, Excluded: `"`}); err != nil || got != want {
			t.Errorf("%+v: %+v, %v", c, got, err)
		}
	}
}
