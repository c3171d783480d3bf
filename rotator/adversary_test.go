package rotator_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// Clone implements rotator.Cloner; it takes whom it is told to.
func (p place) Clone(_ context.Context, _, to string, password secret.Value, o rotator.Owner) error {
	p.owners = append(p.owners, o)
	p.passwords[p.address][to] = string(password.Reveal())
	return nil
}

func (place) Level(context.Context, string, string) error { return nil }

var errDown = &rotator.LoginError{Reason: rotator.Unreachable, Err: errors.New("no route")}

// everywhere wants a password of app in force at all places.
func everywhere(t *testing.T, c *cluster, password, when string) {
	t.Helper()
	for address, users := range c.passwords {
		if users["app"] != password {
			t.Errorf("%s, %s has another password", when, address)
		}
	}
}

// TestPutBackPastDeadNode fails a test because a node is down: the others must get
// the old password back all the same.
func TestPutBackPastDeadNode(t *testing.T) {
	c := newCluster("h:1", "two:1", "three:1")
	s := subject(t, c, with("nodes", "two,three"))
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	_, pending := s.Login(secret.Pending)
	c.broken["two:1"] = errDown
	if err := s.Step(secret.TestSecret); err == nil || !strings.Contains(err.Error(), "the old password was not put back: host unreachable") {
		t.Errorf("testSecret: %v", err)
	}
	if c.passwords["h:1"]["app"] != "first-1" || c.passwords["three:1"]["app"] != "first-1" || c.passwords["two:1"]["app"] != pending {
		t.Errorf("passwords: %v", c.passwords)
	}
	delete(c.broken, "two:1")
	s.Run(secret.SetSecret, secret.TestSecret)
	everywhere(t, c, pending, "after another attempt")
}

// TestNodeDown changes nothing while a node is down: AWSCURRENT would be refused at
// the others until it is back.
func TestNodeDown(t *testing.T) {
	c := newCluster("h:1", "two:1")
	s := subject(t, c, with("nodes", "two"))
	s.Begin()
	s.Run(secret.CreateSecret)
	c.broken["two:1"] = errDown
	if err := s.Step(secret.SetSecret); err == nil || !s.Report.Changed.IsZero() {
		t.Errorf("setSecret: %v, changed at %v", err, s.Report.Changed)
	}
	everywhere(t, c, "first-1", "a node being down")
}

// TestNodeFails undoes the change at one node when the next does not take it, also
// where an attempt that was cut off between the two made it.
func TestNodeFails(t *testing.T) {
	c := newCluster("h:1", "two:1")
	s := subject(t, c, with("nodes", "two"))
	s.Begin()
	s.Run(secret.CreateSecret)
	c.set = func(address string, _ secret.Value) error {
		if address == "two:1" {
			return contract.ErrUnacceptable
		}
		return nil
	}
	if err := s.Step(secret.SetSecret); !errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("setSecret: %v", err)
	}
	everywhere(t, c, "first-1", "after a failure")

	_, pending := s.Login(secret.Pending)
	c.passwords["h:1"]["app"] = pending // cut off here
	c.set, c.broken["two:1"] = nil, errDown
	if err := s.Step(secret.SetSecret); err == nil || c.passwords["h:1"]["app"] != "first-1" {
		t.Errorf("setSecret, cut off and then down: %v", err)
	}
}

// TestUnacceptableIsNotInForce never lets a value be replaced that may be in force:
// not for what the target thinks of the old password, which its history forbids,
// nor for what another node thinks of the new one.
func TestUnacceptableIsNotInForce(t *testing.T) {
	history := func(_ string, p secret.Value) error {
		if p.Equal(secret.Text("first-1")) {
			return contract.ErrUnacceptable
		}
		return nil
	}
	c := newCluster("h:1")
	s := subject(t, c, value("app", "first-1"))
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	s.Tag("alberti:test-statement", "FAIL")
	c.set = history
	if err := s.Step(secret.TestSecret); err == nil || errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("testSecret: %v", err)
	}

	c = newCluster("h:1", "two:1")
	s = subject(t, c, with("nodes", "two"))
	s.Begin()
	s.Run(secret.CreateSecret)
	c.set = func(address string, p secret.Value) error {
		if address == "two:1" {
			return contract.ErrUnacceptable
		}
		return history(address, p)
	}
	if err := s.Step(secret.SetSecret); err == nil || errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("setSecret: %v", err)
	}
}

// nines tags a secret so that one password is possible, 9999.
func nines(s *rotatortest.Subject) {
	for key, to := range map[string]string{"PASSWORD_LENGTH": "4", "EXCLUDE_CHARACTERS": "012345678",
		"EXCLUDE_LOWERCASE": "1", "EXCLUDE_UPPERCASE": "1", "EXCLUDE_PUNCTUATION": "1"} {
		s.Tag("alberti:"+key, to)
	}
}

// TestSamePassword does not call it a rotation when the password stays: neither
// that of a single user, nor that of the one of two whose turn it is.
func TestSamePassword(t *testing.T) {
	const says = "the new password is the one that the account has already"
	c := newCluster("h:1")
	c.passwords["h:1"]["app"] = "9999"
	s := subject(t, c, value("app", "9999"))
	nines(s)
	s.Begin()
	if err := s.Step(secret.CreateSecret); err == nil || err.Error() != says {
		t.Errorf("createSecret, single: %v", err)
	}
	s = alternating(t, c, value("app", "9999"))
	nines(s)
	s.Rotate() // app_clone, which is new
	s.Begin()
	if err := s.Step(secret.CreateSecret); err == nil || err.Error() != says {
		t.Errorf("createSecret, alternating: %v", err)
	}
}

// alternating is a pair at a cluster, under its administrator.
func alternating(t *testing.T, c *cluster, v map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	v["masterarn"] = rotatortest.New(t, m, "master", rotator.SingleUser, c, value("admin", "admin-1")).ID
	return rotatortest.New(t, m, "s", rotator.AlternatingUsers, c, v)
}

// TestPairOfOne refuses tags by which the user in use would be its own second.
func TestPairOfOne(t *testing.T) {
	for _, other := range []string{"app", "APP"} {
		c := newCluster("h:1")
		s := alternating(t, c, value("app", "first-1"))
		s.Tag("alberti:username", "app")
		s.Tag("alberti:alternate-username", other)
		s.Begin()
		if err := s.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), "name the same user") {
			t.Errorf("createSecret: %v", err)
		}
	}
}

// TestAdministratorsOwnAccount keeps another secret from changing the password of
// the administrator, whose own secret would not log in any more.
func TestAdministratorsOwnAccount(t *testing.T) {
	const says = "is the administrator, whose password only its own secret"
	c := newCluster("h:1")
	s := alternating(t, c, value("app", "first-1"))
	s.Tag("alberti:username", "app")
	s.Tag("alberti:alternate-username", "Admin")
	s.Tag("alberti:other-user", "adopt")
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), says) || len(c.owners) > 0 {
		t.Errorf("alternating: %v", err)
	}

	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, c, value("admin", "admin-1")).ID
	s = rotatortest.New(t, m, "s", rotator.SingleUser, c, value("admin", "not-in-force-1"))
	s.Tag("alberti:masterarn", master)
	s.Tag("alberti:username", "admin")
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), says) || c.passwords["h:1"]["admin"] != "admin-1" {
		t.Errorf("rescue: %v", err)
	}
}

// TestMeanwhile changes tags, or the administrator's password, between createSecret
// and setSecret: nothing is done that the one or the other does not allow any more.
func TestMeanwhile(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *rotatortest.Subject, c *cluster)
		says   string
	}{
		"another second user": {func(s *rotatortest.Subject, _ *cluster) { s.Tag("alberti:alternate-username", "third") },
			"Attempting to modify user second other than current user or clone third"},
		"another administrator": {func(s *rotatortest.Subject, _ *cluster) { s.Tag("alberti:masterarn", "arn:other") }, "is not the administrator that tag"},
		"the administrator's rotation": {func(_ *rotatortest.Subject, c *cluster) { c.passwords["h:1"]["admin"] = "admin-2" },
			"Unable to log into database using credentials in master secret"},
	} {
		at := newCluster("h:1")
		s := alternating(t, at, value("app", "first-1"))
		s.Tag("alberti:username", "app")
		s.Tag("alberti:alternate-username", "second")
		s.Begin()
		s.Run(secret.CreateSecret)
		c.change(s, at)
		if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), c.says) || len(at.owners) > 0 || len(s.Guard.Values) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTrap has somebody who may write the value, but does not know the password,
// add a place of his own: the next password would be told there, once an older
// version has opened the account.
func TestTrap(t *testing.T) {
	for _, key := range []string{"nodes", "readers"} {
		for name, make := range map[string]func(*testing.T, *cluster, map[string]any) *rotatortest.Subject{
			"single": func(t *testing.T, c *cluster, v map[string]any) *rotatortest.Subject { return subject(t, c, v) }, "alternating": alternating,
		} {
			c := newCluster("h:1")
			first := value("app", "first-1")
			s := make(t, c, first)
			c.passwords["trap:1"] = map[string]string{"app": "guessed-1"}
			v := with(key, "trap")
			v["password"] = "guessed-1"
			v["masterarn"] = first["masterarn"] // which alternating put there
			s.Write(v)
			s.Begin()
			s.Run(secret.CreateSecret)
			if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "does not name trap:1") {
				t.Errorf("%s, %s: %v", name, key, err)
			}
			_, pending := s.Login(secret.Pending)
			for address, users := range c.passwords {
				for user, password := range users {
					if password == pending {
						t.Errorf("%s, %s: %s at %s has the new password", name, key, user, address)
					}
				}
			}
		}
	}
}

// TestTrapAtRescue: the administrator's secret has to know every place, too.
func TestTrapAtRescue(t *testing.T) {
	c := newCluster("h:1")
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, c, value("admin", "admin-1")).ID
	v := with("nodes", "trap")
	v["password"] = "guessed-1"
	c.passwords["trap:1"] = map[string]string{"app": "guessed-1"}
	s := rotatortest.New(t, m, "s", rotator.SingleUser, c, v)
	s.Tag("alberti:masterarn", master)
	s.Tag("alberti:username", "app")
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "does not name trap:1") ||
		c.passwords["trap:1"]["app"] != "guessed-1" || c.passwords["h:1"]["app"] != "first-1" {
		t.Errorf("setSecret: %v, passwords %v", err, c.passwords)
	}
}

// TestOldPasswordTheNewWay logs in with an old password where the current version
// says: what an old one says of authorities and databases may be no more.
func TestOldPasswordTheNewWay(t *testing.T) {
	e := &script{login: refuse}
	v := with("dbname", "dropped")
	v["sslrootcert"] = "expired"
	s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, e, v)
	v = value("app", "second-1")
	v["dbname"], v["sslrootcert"] = "d", "renewed"
	s.Write(v)
	s.Begin()
	s.Run(secret.CreateSecret)
	s.Step(secret.SetSecret)
	old := slices.IndexFunc(e.logins, func(c rotator.Credential) bool { return string(c.Password.Reveal()) == "first-1" })
	if old < 0 || e.logins[old].Database != "d" || e.logins[old].Text("sslrootcert") != "renewed" {
		t.Errorf("logins: %+v", e.logins)
	}
}

// TestClaim claims one account by one name, however the host is written.
func TestClaim(t *testing.T) {
	for _, hosts := range [][]string{{"h", "H", "h."}, {"::1", "0:0::1", "0000::0001"}, {"10.0.0.1", "::ffff:10.0.0.1"}} {
		var claimed []string
		for _, host := range hosts {
			v := value("app", "first-1")
			v["host"] = host
			s := rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, &script{}, v)
			s.Begin()
			s.Run(secret.CreateSecret, secret.SetSecret)
			claimed = append(claimed, s.Guard.Claimed[0].Account+s.Guard.Claimed[0].Host)
		}
		if len(slices.Compact(claimed)) != 1 {
			t.Errorf("%q were claimed as %q", hosts, claimed)
		}
	}
}
