package rotator_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// cluster is an engine of several places, each with passwords of its own.
type cluster struct {
	passwords map[string]map[string]string // by address and user
	rules     rotator.Rules
	byAdmin   bool // users may not change their own
	broken    map[string]error
	heard     map[string]time.Time // readers: when they hear of the first place's passwords
	logins    []string
	set       func(address string, p secret.Value) error
	owners    []rotator.Owner
}

func newCluster(addresses ...string) *cluster {
	c := &cluster{passwords: map[string]map[string]string{}, broken: map[string]error{}, heard: map[string]time.Time{}}
	for _, address := range addresses {
		c.passwords[address] = map[string]string{"app": "first-1", "admin": "admin-1"}
	}
	return c
}

func (*cluster) Traits() rotator.Traits {
	return rotator.Traits{Names: []string{"script"}, Port: 1, MaxUser: 12, CloneMark: "_clone", AsksRules: true}
}

func (c *cluster) Login(_ context.Context, with rotator.Credential, _ *contract.Report) (rotator.Session, error) {
	address := with.Address()
	c.logins = append(c.logins, with.Username+"@"+address)
	if err := c.broken[address]; err != nil {
		return nil, err
	}
	if at, ok := c.heard[address]; ok && !time.Now().Before(at) {
		c.passwords[address] = c.passwords["h:1"]
	}
	if c.passwords[address][with.Username] != string(with.Password.Reveal()) {
		return nil, refuse(with)
	}
	return place{c, address, with.Username}, nil
}

type place struct {
	*cluster
	address, user string
}

func (p place) SetPassword(_ context.Context, user string, password secret.Value) error {
	if p.byAdmin && p.user != "admin" {
		return rotator.ErrNotAllowed
	}
	if p.set != nil {
		if err := p.set(p.address, password); err != nil {
			return err
		}
	}
	p.passwords[p.address][user] = string(password.Reveal())
	return nil
}

func (p place) Rules(context.Context, string) (rotator.Rules, error) { return p.rules, nil }

func (p place) Test(_ context.Context, statement string) error {
	if strings.HasPrefix(statement, "FAIL") {
		return errors.New("no such table")
	}
	return nil
}

func (place) Close() error { return nil }

// with is a value that also says something else.
func with(key string, to any) map[string]any {
	v := value("app", "first-1")
	v[key] = to
	return v
}

func subject(t *testing.T, e rotator.Engine, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "s", rotator.SingleUser, e, v)
}

// TestNodes changes the password at every node, goes on where it was cut off, and
// is not done before all have it (rotation-functions.md, 16.8).
func TestNodes(t *testing.T) {
	for _, nodes := range []any{[]string{"h", "H:1", "two:7", "[::3]:8"}, "two:7,[::3]:8"} {
		c := newCluster("h:1", "two:7", "[::3]:8")
		s := subject(t, c, with("nodes", nodes))
		s.Begin()
		s.Run(secret.CreateSecret)
		_, pending := s.Login(secret.Pending)
		c.broken["[::3]:8"] = &rotator.LoginError{Reason: rotator.TimedOut, Err: errors.New("why")}
		if err := s.Step(secret.SetSecret); err == nil || !strings.HasPrefix(err.Error(), "timed out") {
			t.Errorf("setSecret, a node being down: %v", err)
		}
		delete(c.broken, "[::3]:8")
		s.Run(secret.SetSecret)
		for address, users := range c.passwords {
			if users["app"] != pending {
				t.Errorf("%s has another password", address)
			}
		}
		c.passwords["two:7"]["app"] = "another"
		if err := s.Step(secret.TestSecret); err == nil {
			t.Error("testSecret passed over a node")
		}
	}
}

func TestNodesMalformed(t *testing.T) {
	for _, nodes := range []any{"a:b", []string{":1"}, []any{1}, map[string]string{}, "a:0", "a:65536", "a:1:2"} {
		s := subject(t, newCluster("h:1"), with("nodes", nodes))
		s.Begin()
		s.Run(secret.CreateSecret)
		if err := s.Step(secret.SetSecret); err == nil || err.Error() != "the nodes key of the secret JSON is not a list of HOST or HOST:PORT" {
			t.Errorf("nodes %v: %v", nodes, err)
		}
	}
}

// TestNodeUnknownToMaster never tells the administrator's password to a place
// that only the rotated secret names.
func TestNodeUnknownToMaster(t *testing.T) {
	c := newCluster("h:1", "trap:1")
	c.byAdmin = true
	m := rotatortest.NewSecrets()
	v := with("nodes", "trap:1")
	v["masterarn"] = rotatortest.New(t, m, "master", rotator.SingleUser, c, value("admin", "admin-1")).ID
	s := rotatortest.New(t, m, "s", rotator.SingleUser, c, v)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "is not the same host as/rds replica of master") {
		t.Errorf("setSecret: %v", err)
	}
	for _, login := range c.logins {
		if login == "admin@trap:1" {
			t.Error("the administrator logged in at the trap")
		}
	}
}

// TestByAdministrator has the administrator do what the user may not.
func TestByAdministrator(t *testing.T) {
	c := newCluster("h:1")
	c.byAdmin = true
	s := subject(t, c, value("app", "first-1"))
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); !errors.Is(err, rotator.ErrNotAllowed) {
		t.Errorf("setSecret without an administrator: %v", err)
	}
	m := rotatortest.NewSecrets()
	v := with("masterarn", rotatortest.New(t, m, "master", rotator.SingleUser, c, value("admin", "admin-1")).ID)
	s = rotatortest.New(t, m, "s", rotator.SingleUser, c, v)
	s.Rotate()
	if _, password := s.Login(secret.Current); c.passwords["h:1"]["app"] != password {
		t.Error("the password was not changed")
	}
}

// TestReaders waits for a reader to hear of the new password, and not for ever.
func TestReaders(t *testing.T) {
	for lag, ok := range map[time.Duration]bool{0: true, 10 * time.Second: true, time.Hour: false} {
		synctest.Test(t, func(t *testing.T) {
			c := newCluster("h:1", "r:1")
			s := subject(t, c, with("readers", []string{"r"}))
			s.Begin()
			s.Run(secret.CreateSecret, secret.SetSecret)
			c.heard["r:1"] = time.Now().Add(lag)
			if err := s.Step(secret.TestSecret); (err == nil) != ok {
				t.Errorf("testSecret, the reader being %s behind: %v", lag, err)
			}
		})
	}
}

// TestRules narrows what passwords are made of by what the target wants.
func TestRules(t *testing.T) {
	c := newCluster("h:1")
	c.rules = rotator.Rules{MinLength: 40, MaxLength: 41, Excluded: "abc!"}
	s := subject(t, c, value("app", "first-1"))
	for _, tag := range []string{"8", "100", "41"} {
		s.Tag("alberti:PASSWORD_LENGTH", tag)
		s.Rotate()
		_, password := s.Login(secret.Current)
		if len(password) < 40 || len(password) > 41 || strings.ContainsAny(password, "abc!") {
			t.Errorf("length %s: %q", tag, password)
		}
	}
}

// TestOptions are what a secret's tags say; one that means nothing is refused.
func TestOptions(t *testing.T) {
	c := newCluster("h:1")
	s := subject(t, c, value("app", "first-1"))
	s.Tag("alberti:PASSWORD_LENGTH", "12")
	s.Tag("alberti:EXCLUDE_PUNCTUATION", "true")
	s.Tag("unrelated", "x")
	s.Rotate()
	if _, password := s.Login(secret.Current); len(password) != 12 || strings.ContainsAny(password, "!#$%&()*+,-./:;<=>?@") {
		t.Errorf("%q", password)
	}
	s.Tag("alberti:test-statement", "FAIL")
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	if err := s.Step(secret.TestSecret); err == nil || err.Error() != "no such table" {
		t.Errorf("testSecret: %v", err)
	}
	for key, says := range map[string]string{
		"alberti:pasword-length":  "there is no option of rotation called alberti:pasword-length",
		"alberti:PASSWORD_LENGTH": `tag alberti:PASSWORD_LENGTH="x" is not a number from 4 to 4096`,
		"alberti:other-user":      "tag alberti:other-user must be adopt or existing",
	} {
		s := subject(t, c, value("app", "first-1"))
		s.Tag(key, "x")
		s.Begin()
		if err := s.Step(secret.CreateSecret); err == nil || err.Error() != says {
			t.Errorf("%s: %v, want %s", key, err, says)
		}
	}
}

// TestTestRotationChangesNothing fails a test of the current value itself, as
// RotateImmediately=false runs it: nothing is put back, since nothing was changed.
func TestTestRotationChangesNothing(t *testing.T) {
	c := newCluster("h:1")
	s := subject(t, c, value("app", "not-in-force-1"))
	s.Begin()
	s.Fill(value("app", "not-in-force-1"))
	if err := s.Step(secret.TestSecret); err == nil || len(c.logins) != 1 {
		t.Errorf("%v after logins %v", err, c.logins)
	}
	// The label was moved since the copy was made: this is a test all the same.
	s = subject(t, c, value("app", "not-in-force-1"))
	s.Begin()
	s.Fill(value("app", "first-1"))
	s.Tag("alberti:test-statement", "FAIL")
	s.TestOnly = true
	if err := s.Step(secret.TestSecret); err == nil || c.passwords["h:1"]["app"] != "first-1" {
		t.Errorf("a test changed the password: %v", err)
	}
}
