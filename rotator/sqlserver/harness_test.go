package sqlserver_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// What the suite may want to do to a login.

func (s server) refuse(number int32) func(testing.TB, string) {
	return func(_ testing.TB, user string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.logins[user].refusal = number
	}
}

// lock locks a login, expire wants it to change its password, and limit leaves it
// no further connection.
func (s server) lock(t testing.TB, user string)   { s.refuse(18486)(t, user) }
func (s server) expire(t testing.TB, user string) { s.refuse(18488)(t, user) }
func (s server) limit(t testing.TB, user string)  { s.refuse(17809)(t, user) }

// privileges are two that the suite gives and takes.
var privileges = []row{
	{state: "G", name: "SELECT", class: "OBJECT", schema: "dbo", object: "one"},
	{state: "W", name: "EXECUTE", class: "SCHEMA", object: "two"},
}

func (s server) grant(_ testing.TB, user string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.databases["app"].users[user]
	if p == nil {
		p = s.addUser("app", user)
		p.sid = s.logins[user].sid
	}
	p.permissions = append(p.permissions, privileges[n])
}

func (s server) revoke(_ testing.TB, user string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.databases["app"].users[user]
	p.permissions = slices.DeleteFunc(p.permissions, func(r row) bool { return r == privileges[n] })
}

func (s server) can(t testing.TB, user, password string, n int) bool {
	if s.login(t, user, password) != nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.databases["app"].users[user]
	return p != nil && slices.Contains(p.permissions, privileges[n])
}

// TestOnlyRefused wants no other password to be tried on an account that is
// locked, expired or at its limit.
func TestOnlyRefused(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	for reason, do := range map[rotator.Reason]func(testing.TB, string){rotator.Locked: s.lock, rotator.Expired: s.expire, rotator.LimitHit: s.limit} {
		user := "only " + string(reason)
		s.newLogin(user, "right-1")
		subject := s.single(t, s.value(user, "right-1"))
		subject.Write(s.value(user, "right-2"))
		do(t, user)
		var failed *rotator.LoginError
		if err := set(subject); !errors.As(err, &failed) || failed.Reason != reason {
			t.Errorf("%s: %v", reason, err)
		}
	}
}

// TestDrift gives and takes privileges between rotations.
func TestDrift(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	s.newLogin("drift", "right-Drift-1")
	subject := s.alternating(t, s.value("drift", "right-Drift-1"))
	s.grant(t, "drift", 0)
	for i, c := range []struct{ has [2]bool }{{[2]bool{true, false}}, {[2]bool{true, true}}, {[2]bool{false, true}}} {
		user, _ := subject.Login(secret.Current)
		switch i {
		case 1:
			s.grant(t, user, 1)
		case 2:
			s.revoke(t, user, 0)
		}
		subject.Rotate()
		user, password := subject.Login(secret.Current)
		for n, want := range c.has {
			if got := s.can(t, user, password, n); got != want {
				t.Errorf("rotation %d: %s can do %d: %v", i, user, n, got)
			}
		}
	}
}
