package ldap_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/internal/ldaptest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/ldap"
	"github.com/alberti-dev/alberti/secret"
)

// odd are texts that have broken requests elsewhere.
var odd = map[string]string{
	"printable": " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
	"filter":    "*)(uid=*",
	"DN":        `a, b+c="d" <e>;#f\`,
	"unicode":   "Ünï-名前-🔑",
	"combining": "u\u0308ber",
	"template":  "{username}",
	"control":   "a\n\t\r\x01\x7f",
	"URL":       "a:b@c/d?e=f#g&h%41",
}

// TestOddNames rotates users of odd names.
func TestOddNames(t *testing.T) {
	t.Parallel()
	for kind, text := range odd {
		user := "odd " + text
		if kind == "control" {
			user = "odd tab\tnewline\n."
		}
		person(t, user, "right")
		for _, name := range []string{user, dn(user)} {
			password := "right"
			reset(t, user, password)
			s := single(t, value(name, password))
			s.Rotate()
			_, password = s.Login(secret.Current)
			accepts(t, user, password)
		}
	}
	// A name is not a filter.
	person(t, "odd-victim", "right")
	if reason, _, err := reasonOf(t, value("odd-vict*", "right")); reason != rotator.Broken {
		t.Errorf("%q: %v", reason, err)
	}
}

// TestOddPasswords sets odd passwords, which OpenLDAP's own client must log in
// with.
func TestOddPasswords(t *testing.T) {
	t.Parallel()
	person(t, "odd-passwords", "right")
	password := "right"
	for kind, text := range odd {
		s := single(t, secure("odd-passwords", password))
		s.Begin()
		s.Fill(secure("odd-passwords", text))
		s.Run(secret.SetSecret, secret.TestSecret)
		password = text
		if err := ldapwhoami(t, dn("odd-passwords"), password); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
	}
	if ldapwhoami(t, dn("odd-passwords"), "wrong") == nil {
		t.Error("ldapwhoami takes every password")
	}
}

// TestPolicy has the server refuse passwords for its own rules, and changes for
// other reasons: only the first are for another password to mend.
func TestPolicy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy       map[string][]string
		password     string
		unacceptable bool
		says         string
	}{
		"short":   {map[string][]string{"pwdMinLength": {"12"}, "pwdCheckQuality": {"2"}, "pwdAllowUserChange": {"TRUE"}}, "Short-1", true, "too short"},
		"history": {map[string][]string{"pwdInHistory": {"5"}, "pwdAllowUserChange": {"TRUE"}}, "right", true, "history"},
		"young":   {map[string][]string{"pwdMinAge": {"86400"}, "pwdAllowUserChange": {"TRUE"}}, "Another-Password-1", false, "too young"},
		"nobody":  {map[string][]string{"pwdAllowUserChange": {"FALSE"}}, "Another-Password-1", false, "not allow"},
	} {
		user := "policy-" + name
		person(t, user, "before")
		policy, err := server.AddPolicy(user, c.policy)
		must(t, err)
		must(t, server.Replace(dn(user), "pwdPolicySubentry", policy))
		reset(t, user, "right")
		reset(t, user, "right-now")
		s := single(t, value(user, "right-now"))
		s.Begin()
		s.Fill(value(user, c.password))
		err = s.Step(secret.SetSecret)
		if err == nil || errors.Is(err, contract.ErrUnacceptable) != c.unacceptable || !strings.Contains(strings.ToLower(err.Error()), c.says) {
			t.Errorf("%s: %v, want unacceptable: %v, and the words %q", name, err, c.unacceptable, c.says)
		}
		accepts(t, user, "right-now")
	}
}

// TestWrongOld is what a self-change says when the old password is out of force
// since the login: nothing that another new password would mend.
func TestWrongOld(t *testing.T) {
	t.Parallel()
	person(t, "wrong-old", "right")
	session := open(t, credential(dn("wrong-old"), "right"))
	reset(t, "wrong-old", "meanwhile")
	err := session.SetPassword(t.Context(), dn("wrong-old"), secret.Text("Another-Password-1"))
	if err == nil || errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("SetPassword: %v", err)
	}
	accepts(t, "wrong-old", "meanwhile")
}

// TestAdministrator resets the password of another, without the old one.
func TestAdministrator(t *testing.T) {
	t.Parallel()
	person(t, "reset", "forgotten")
	person(t, "bystander", "right")
	admin := open(t, credential(ldaptest.Admin, server.AdminPassword))
	must(t, admin.SetPassword(t.Context(), dn("reset"), secret.Text("Found-Again-1")))
	accepts(t, "reset", "Found-Again-1")
	other := open(t, credential(dn("bystander"), "right"))
	if err := other.SetPassword(t.Context(), dn("reset"), secret.Text("Stolen-1")); err == nil || !strings.Contains(err.Error(), "Code 50") {
		t.Errorf("one user changes the password of another: %v", err)
	}
	accepts(t, "reset", "Found-Again-1")
	accepts(t, "bystander", "right")
}

// TestChangesTwice uses one session for two changes, as to put a password back.
func TestChangesTwice(t *testing.T) {
	t.Parallel()
	person(t, "twice", "first-1")
	session := open(t, credential(dn("twice"), "first-1"))
	for _, password := range []string{"second-2", "first-1"} {
		must(t, session.SetPassword(t.Context(), dn("twice"), secret.Text(password)))
		accepts(t, "twice", password)
	}
}

// TestCutOff ends the context before the change: it must end at once, and the
// answer must not be taken for a refusal.
func TestCutOff(t *testing.T) {
	t.Parallel()
	person(t, "cut-off", "right")
	session := open(t, credential(dn("cut-off"), "right"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	err := session.SetPassword(ctx, dn("cut-off"), secret.Text("Another-Password-1"))
	if err == nil {
		accepts(t, "cut-off", "Another-Password-1") // the change was quicker
	} else if errors.Is(err, contract.ErrUnacceptable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("SetPassword: %v", err)
	}
}

func TestStatement(t *testing.T) {
	t.Parallel()
	person(t, "statement", "right")
	session := open(t, credential(dn("statement"), "right"))
	for statement, want := range map[string]string{
		"": "",
		"ldap:///" + ldaptest.People + "?uid?one?(uid=statement)":     "",
		"ldap:///" + ldaptest.People + "?uid?SUB?(uid=state%6Dent)":   "",
		"ldap:///" + ldaptest.People:                                  "",
		"ldap:///" + ldaptest.People + "??sub":                        "", // more than one
		"ldap:///" + ldaptest.People + "?uid?one?(uid=nobody)":        "nothing was found",
		"ldap:///dc=nowhere":                                          "Code 32",
		"ldap:///" + ldaptest.People + "?uid?all":                     "none of base, one and sub",
		"ldap:///" + ldaptest.People + "?uid?sub?(uid=a)?!bindname=x": "extension",
		"ldap://elsewhere.test/" + ldaptest.People:                    "begins with ldap:///",
		"ldap:///" + ldaptest.People + "?uid?sub?(uid=%zz)":           "invalid URL escape",
		"ldap:///" + ldaptest.People + "?uid?sub?(uid=":               "filter",
	} {
		err := session.Test(t.Context(), statement)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want))) {
			t.Errorf("%s: %v, want %q", statement, err, want)
		}
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	person(t, "rules", "right")
	session := open(t, credential(dn("rules"), "right"))
	ruler := session.(rotator.Ruler)
	rules := func(want rotator.Rules) {
		t.Helper()
		if got, err := ruler.Rules(t.Context(), dn("rules")); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	rules(rotator.Rules{}) // the default policy is not to be seen
	policy, err := server.AddPolicy("rules", map[string][]string{"pwdMinLength": {"17"}, "pwdCheckQuality": {"2"}})
	must(t, err)
	must(t, server.Replace(dn("rules"), "pwdPolicySubentry", policy))
	rules(rotator.Rules{MinLength: 17})
	must(t, server.Replace(dn("rules"), "pwdPolicySubentry", "cn=gone,"+ldaptest.Base))
	rules(rotator.Rules{})
}

// TestServerLog looks for passwords in what the server logs of changes, refused
// ones among them.
func TestServerLog(t *testing.T) {
	t.Parallel()
	person(t, "logged", "log-First-1")
	s := single(t, secure("logged", "log-First-1"))
	s.Rotate()
	s.Rotate()
	if !strings.Contains(server.Log(), `BIND dn="`+dn("logged")) || !strings.Contains(server.Log(), `PASSMOD id="`+dn("logged")+`" old new`) {
		t.Error("the log does not tell of the change: this test shows nothing")
	}
	passwords := []string{"log-First-1"}
	for _, label := range []string{secret.Previous, secret.Current} {
		_, password := s.Login(label)
		passwords = append(passwords, password)
	}
	for _, password := range passwords {
		if strings.Contains(server.Log(), password) {
			t.Error("the server's log holds a password")
		}
	}
}

// credential is a login without TLS.
func credential(user, password string) rotator.Credential {
	return rotator.Credential{Host: server.Host, Port: server.Port, Username: user, Password: secret.Text(password), TLS: rotator.TLSOff}
}

func open(t *testing.T, c rotator.Credential) rotator.Session {
	t.Helper()
	s, err := ldap.Engine{}.Login(t.Context(), c, &contract.Report{})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}
