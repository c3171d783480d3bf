package activedirectory_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/adtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// TestOddPasswords sets odd passwords, which MIT's kinit must log in with.
func TestOddPasswords(t *testing.T) {
	t.Parallel()
	newUser(t, "odd-passwords", "first-Password-1")
	password := "first-Password-1"
	for kind, text := range map[string]string{
		"printable": " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
		"quotes":    `"""''` + "``",
		"unicode":   "Ünï-名前-🔑",
		"spaces":    "  leading and trailing  ",
		"UTF-16":    "\U0001F511\uFFFD\u4e00",
		"long":      strings.Repeat("0123456789abcdef", 8),
	} {
		next := "aB3" + text
		s := single(t, seamless("odd-passwords", password))
		s.Begin()
		s.Fill(seamless("odd-passwords", next))
		if err := s.Step(secret.SetSecret); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		s.Run(secret.SetSecret, secret.TestSecret)
		password = next
		accepts(t, "odd-passwords", password)
	}
}

// TestOddNames rotates users of odd names, with a keytab each.
func TestOddNames(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"odd o'brien", "odd (a) & b", "odd.Ünï-名前", "odd#!$%^_`{}~"} {
		f := newFamily(t, user, nil)
		f.Rotate()
		accepts(t, user, f.password(secret.Current))
		if _, names := f.keytab(f.children[0]); !strings.Contains(fmt.Sprint(names), user+"@"+adtest.Realm) {
			t.Errorf("the keytab is for %q", names)
		}
	}
}

// TestPolicy has the domain refuse a password for its rules.
func TestPolicy(t *testing.T) {
	t.Parallel()
	newUser(t, "policy", "first-Password-1")
	for _, password := range []string{"short", "withoutanyotherkind"} {
		s := single(t, seamless("policy", "first-Password-1"))
		s.Begin()
		s.Fill(seamless("policy", password))
		if err := s.Step(secret.SetSecret); !errors.Is(err, contract.ErrUnacceptable) {
			t.Errorf("%s: %v", password, err)
		}
		accepts(t, "policy", "first-Password-1")
	}
}

// TestTooSoon is a domain whose users may change a password once a day: that is
// not the new password's fault. It changes the domain, so it runs alone.
func TestTooSoon(t *testing.T) {
	newUser(t, "too-soon", "first-Password-1")
	const day = "-864000000000" // in units of 100 ns
	must(t, server.Replace(adtest.Base, map[string][]string{"minPwdAge": {day}}))
	defer func() { must(t, server.Replace(adtest.Base, map[string][]string{"minPwdAge": {"0"}})) }()
	err := set(single(t, seamless("too-soon", "first-Password-1")))
	if err == nil || errors.Is(err, contract.ErrUnacceptable) || !strings.Contains(err.Error(), "lets the user change the password again in 2") {
		t.Errorf("setSecret: %v", err)
	}
	accepts(t, "too-soon", "first-Password-1")
	admin := open(t, plain(adtest.Admin, server.AdminPassword))
	must(t, admin.SetPassword(t.Context(), "too-soon", secret.Text("second-Password-2")))
	accepts(t, "too-soon", "second-Password-2")
}

// TestWrongOld is what a self-change says when the password was changed since the
// login: nothing that another new password would mend.
func TestWrongOld(t *testing.T) {
	t.Parallel()
	newUser(t, "wrong-old", "first-Password-1")
	session := open(t, plain("wrong-old", "first-Password-1"))
	must(t, server.Reset("wrong-old", "meanwhile-Password-1"))
	err := session.SetPassword(t.Context(), "wrong-old", secret.Text("another-Password-1"))
	if err == nil || errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("SetPassword: %v", err)
	}
	accepts(t, "wrong-old", "meanwhile-Password-1")
}

// TestAdministrator resets the password of another, without the old one.
func TestAdministrator(t *testing.T) {
	t.Parallel()
	newUser(t, "reset", "forgotten-Password-1")
	newUser(t, "bystander", "right-Password-1")
	admin := open(t, plain(adtest.Admin, server.AdminPassword))
	must(t, admin.SetPassword(t.Context(), "reset", secret.Text("found-Again-1")))
	accepts(t, "reset", "found-Again-1")
	other := open(t, plain("bystander", "right-Password-1"))
	if err := other.SetPassword(t.Context(), "reset", secret.Text("stolen-Password-1")); err == nil || errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("one user resets the password of another: %v", err)
	}
	accepts(t, "reset", "found-Again-1")
}

// TestChangesTwice uses one session for two changes, as to put a password back.
func TestChangesTwice(t *testing.T) {
	t.Parallel()
	newUser(t, "twice", "first-Password-1")
	session := open(t, plain("twice", "first-Password-1"))
	for _, password := range []string{"second-Password-2", "first-Password-1"} {
		must(t, session.SetPassword(t.Context(), "twice", secret.Text(password)))
		accepts(t, "twice", password)
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	newUser(t, "statement", "right-Password-1")
	session := open(t, plain("statement", "right-Password-1"))
	for statement, want := range map[string]string{
		"":                           "",
		"(sAMAccountName=statement)": "",
		"(objectClass=user)":         "", // very many
		"(sAMAccountName=no-such)":   "nothing was found",
		"(sAMAccountName=no-such":    "filter",
	} {
		err := session.Test(t.Context(), statement)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(strings.ToLower(err.Error()), want)) {
			t.Errorf("%s: %v, want %q", statement, err, want)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	newUser(t, "rules", "right-Password-1")
	got, err := open(t, plain("rules", "right-Password-1")).(rotator.Ruler).Rules(t.Context(), "rules")
	if want := (rotator.Rules{MinLength: 7, EachType: true}); err != nil || got != want {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// TestKeys reads values under names of the operator's.
func TestKeys(t *testing.T) {
	t.Parallel()
	newUser(t, "keys", "first-Password-1")
	byKeys := func(_ rotator.Engine, c rotator.Config) contract.Function {
		return activedirectory.SingleUser(c, activedirectory.KeysFromEnv(func(name string) (string, bool) {
			named, ok := map[string]string{"DICT_KEY_DIRECTORY": "Where", "DICT_KEY_USERNAME": "Who", "DICT_KEY_PASSWORD": "What"}[name]
			return named, ok
		}))
	}
	s := rotatortest.New(t, rotatortest.NewSecrets(), "keys", byKeys, nil, map[string]any{
		"Where": server.Host, "Who": "keys", "What": "first-Password-1", "sslrootcert": string(server.CA),
	})
	s.Rotate()
	v, err := s.Secrets.GetSecretValue(t.Context(), s.ID, "", secret.Current)
	must(t, err)
	accepts(t, "keys", rotatortest.Member(v, "What"))
}

// TestServerLog looks for passwords in what the controller logs of changes.
func TestServerLog(t *testing.T) {
	t.Parallel()
	newUser(t, "logged", "log-First-1")
	s := single(t, seamless("logged", "log-First-1"))
	s.Rotate()
	s.Rotate()
	if !strings.Contains(server.Log(), "Password Change") || !strings.Contains(server.Log(), "logged") {
		t.Error("the log does not tell of the change: this test shows nothing")
	}
	passwords := []string{"log-First-1"}
	for _, label := range []string{secret.Previous, secret.Current} {
		v, err := s.Secrets.GetSecretValue(t.Context(), s.ID, "", label)
		must(t, err)
		passwords = append(passwords, rotatortest.Member(v, "awsSeamlessDomainPassword"))
	}
	for _, password := range passwords {
		if password == "" || strings.Contains(server.Log(), password) {
			t.Error("the controller's log holds a password")
		}
	}
}
