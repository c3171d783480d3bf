package rotatortest

import (
	"errors"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// singleSameAccount has several secrets for one user, under each of its names:
// their rotations claim the same account, so that a runner lets one of them wait.
// Another user's is another.
func singleSameAccount(t *testing.T, h Harness) {
	user, password := h.newUser(t)
	names := []string{user, user}
	if h.OtherNames != nil {
		names = append(names, h.OtherNames(user)...)
	}
	var claimed []contract.Target
	for _, name := range names {
		s := h.singleFor(t, h.Engine, name, password)
		claimed = append(claimed, s.claims(t))
		_, password = s.Login(secret.Pending)
	}
	for i, name := range names {
		if claimed[i] != claimed[0] {
			t.Errorf("the user called %q was claimed as %q, and as %q by the name %q", user, claimed[0], claimed[i], name)
		}
	}
	if another := h.single(t, h.Engine).claims(t); another == claimed[0] {
		t.Errorf("another user than %q was claimed as %q, too", user, another)
	}
}

// claims gives what a rotation has claimed when it changes the account.
func (s *Subject) claims(t *testing.T) contract.Target {
	t.Helper()
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err != nil || len(s.Guard.Claimed) == 0 {
		t.Fatalf("setSecret: %v, claimed %q", err, s.Guard.Claimed)
	}
	return s.Guard.Claimed[len(s.Guard.Claimed)-1]
}

// singleLocked, singleExpired and singleLimit want a state of the account told
// from a wrong password: no other password is tried, and the reason is named.
func singleLocked(t *testing.T, h Harness) { h.told(t, h.Lock, rotator.Locked) }

func singleExpired(t *testing.T, h Harness) { h.told(t, h.Expire, rotator.Expired) }

func singleLimit(t *testing.T, h Harness) { h.told(t, h.Limit, rotator.LimitHit) }

func (h Harness) told(t *testing.T, do func(testing.TB, string), want rotator.Reason) {
	if do == nil {
		return
	}
	e := &watched{Engine: h.Engine}
	user, password := h.newUser(t)
	s := h.singleFor(t, e, user, "never-In-Force-1") // one more to try
	s.Change("password", password)
	s.Begin()
	s.Run(secret.CreateSecret)
	do(t, user)
	e.logins = nil
	err := s.Step(secret.SetSecret)
	var login *rotator.LoginError
	if !errors.As(err, &login) || login.Reason != want {
		t.Errorf("setSecret: %v, want %s", err, want)
	}
	if len(e.logins) != 1 {
		t.Errorf("%d passwords were tried", len(e.logins))
	}
}

// singleFailedTest has the test fail after the password was changed: AWSCURRENT
// must log in meanwhile.
func singleFailedTest(t *testing.T, h Harness) {
	e := &watched{Engine: h.Engine}
	s := h.single(t, e)
	user, old := s.Login(secret.Current)
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	e.test = func() error { return errTest }
	if err := s.Step(secret.TestSecret); !errors.Is(err, errTest) {
		t.Errorf("testSecret: %v", err)
	}
	h.accepts(t, user, old)
	if err := s.Step(secret.TestSecret); err == nil {
		t.Error("testSecret succeeded after the old password was put back")
	}
	h.accepts(t, user, old)
	e.test = nil
	s.Run(Steps...)
	h.rotated(t, s, user, old)
}

var errTest = errors.New("the test failed")

// singleRescue loses every password of a user. The administrator may reset it
// when tags say so, and not when the value alone does.
func singleRescue(t *testing.T, h Harness) {
	if h.Admin == "" {
		return
	}
	user, old := h.newUser(t)
	m := NewSecrets()
	value := h.Value(user, "never-In-Force-1")
	value["masterarn"] = h.master(t, m)
	s := New(t, m, user, rotator.SingleUser, h.Engine, value)
	s.Begin()
	s.Run(secret.CreateSecret)
	for _, tags := range []map[string]string{
		{}, {"alberti:masterarn": value["masterarn"].(string)}, {"alberti:username": "somebody else"},
	} {
		for key, to := range tags {
			s.Tag(key, to)
		}
		if err := s.Step(secret.SetSecret); err == nil {
			t.Fatalf("the administrator was used, the tags being %v", tags)
		}
		h.accepts(t, user, old)
	}
	s.Tag("alberti:username", user)
	s.Run(Steps...)
	_, password := s.Login(secret.Current)
	h.accepts(t, user, password)
	h.refuses(t, user, old)
}
