package rotator_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// directory is a script whose users have several names, and one that it knows them
// by at all its servers.
type directory struct {
	script
	accounts map[string]string
}

func (*directory) Traits() rotator.Traits {
	t := (&script{}).Traits()
	t.Account = strings.ToLower
	return t
}

func (d *directory) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	_, err := d.script.Login(ctx, c, r)
	return d, err
}

func (d *directory) Account(_ context.Context, user string) (string, bool, error) {
	if d.accounts[user] == "" {
		return "", false, errors.New("the directory does not tell")
	}
	return d.accounts[user], true, nil
}

var people = map[string]string{"app": "1", "APP": "1", "cn=app": "1", "other": "2"}

// TestClaimByName claims by what names tell before anybody logs in, and by what the
// target tells before anything is changed.
func TestClaimByName(t *testing.T) {
	claims := map[string][]contract.Target{}
	for user := range people {
		d := &directory{accounts: people}
		var logins, sets int // that there were claims at
		v := value(user, "first-1")
		if user == "cn=app" {
			v["host"] = "another"
		}
		s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, d, v)
		d.login = func(rotator.Credential) error { logins = len(s.Guard.Claimed); return nil }
		d.set = func(secret.Value) error { sets = len(s.Guard.Claimed); return nil }
		s.Begin()
		s.Run(secret.CreateSecret)
		if err := s.Step(secret.SetSecret); err != nil || logins != 1 || sets != 2 {
			t.Errorf("%s: %v, %d claims before the login, %d before the change", user, err, logins, sets)
		}
		claims[user] = s.Guard.Claimed
	}
	first, second := claims["app"], claims["cn=app"]
	if claims["APP"][0] != first[0] || second[0].Account == first[0].Account {
		t.Errorf("before the login: %q", claims)
	}
	if claims["APP"][1] != first[1] || second[1].Account != first[1].Account || second[1].Host == first[1].Host || claims["other"][1] == first[1] {
		t.Errorf("before the change: %q", claims)
	}
}

// TestNotTheAccountOf changes nothing when another rotation has the account, or
// when the target does not tell which it is. Nor is anything put back.
func TestNotTheAccountOf(t *testing.T) {
	errTaken := errors.New("taken")
	for _, again := range []bool{false, true} {
		for name, accounts := range map[string]map[string]string{"taken": people, "not told": {}} {
			changed := false
			d := &directory{accounts: accounts}
			d.set = func(secret.Value) error { changed = true; return nil }
			v := value("app", "first-1")
			v["nodes"] = "h,second"
			s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, d, v)
			s.Guard.Refuse = func(c contract.Target) error {
				if c.Account == "1" {
					return errTaken
				}
				return nil
			}
			s.Begin()
			s.Run(secret.CreateSecret)
			s.Again = again
			err := s.Step(secret.SetSecret)
			if err == nil || name == "taken" && err != errTaken || changed {
				t.Errorf("%s, again %v: setSecret: %v, changed %v", name, again, err, changed)
			}
		}
	}
}

// TestPutBackHolds puts a password back under the one claim that was there for the
// change: to claim by another name in between would let the account go.
func TestPutBackHolds(t *testing.T) {
	d := &directory{accounts: people}
	current := "first-1"
	d.login = func(c rotator.Credential) error {
		if string(c.Password.Reveal()) != current {
			return refuse(c)
		}
		return nil
	}
	d.set = func(p secret.Value) error { current = string(p.Reveal()); return nil }
	s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, d, value("app", "first-1"))
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err != nil {
		t.Fatal(err)
	}
	before := len(s.Guard.Claimed)
	d.fails = true
	if err := s.Step(secret.TestSecret); err == nil || current != "first-1" {
		t.Errorf("testSecret: %v, %q is in force", err, current)
	}
	if again := s.Guard.Claimed[before:]; len(again) != 1 || again[0] != s.Guard.Claimed[before-1] {
		t.Errorf("claimed %q after %q", again, s.Guard.Claimed[:before])
	}
}

// TestOwnAdministrator is for an administrator who is the user under another name.
func TestOwnAdministrator(t *testing.T) {
	d := &directory{accounts: people}
	d.login = func(c rotator.Credential) error {
		if c.Username == "app" {
			return refuse(c)
		}
		return nil
	}
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, d, value("cn=app", "first-1"))
	s := rotatortest.New(t, m, "s", rotator.SingleUser, d, value("app", "unknown-1"))
	s.Tag("alberti:masterarn", master.ID)
	s.Tag("alberti:username", "app")
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "is the administrator, whose password") {
		t.Errorf("setSecret: %v", err)
	}
}
