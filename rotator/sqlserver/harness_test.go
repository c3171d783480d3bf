package sqlserver_test

import (
	"slices"
	"testing"
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
