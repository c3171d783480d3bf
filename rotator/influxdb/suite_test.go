package influxdb_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator/influxdb"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
)

// TestSuite holds the passwords of users against the suite of all engines.
func TestSuite(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	things := []*fakeThing{f.orgs[0], f.bucket()}
	dropped := map[string]bool{}
	f.with(func() { f.cut = f.dropper(dropped) })
	rotatortest.Run(t, rotatortest.Harness{
		Engine: influxdb.Engine{},
		Value:  func(user, password string) map[string]any { return f.value(t, user, password) },
		User:   func(_ testing.TB, user, password string) { f.user(user, password) },
		Login: func(_ testing.TB, user, password string) error {
			if f.passwordOf(f.named(user)) != password {
				return errors.New("another password is in force")
			}
			return nil
		},
		Reset: func(_ testing.TB, user, password string) {
			u := f.named(user)
			f.with(func() { u.password = password })
		},
		Drop:  func(_ testing.TB, user string) { f.with(func() { dropped[user] = true }) },
		Admin: "admin", AdminPassword: "admin-Password-1",
		Lock: func(_ testing.TB, user string) {
			u := f.named(user)
			f.with(func() { u.Status = "inactive" })
		},
		Grant:      func(_ testing.TB, user string, privilege int) { f.join(things[privilege], f.named(user), "members") },
		Revoke:     func(_ testing.TB, user string, privilege int) { f.join(things[privilege], f.named(user), "") },
		Can:        f.can(things),
		NotInNames: ":", // sign-in ends the name there
	})
}

// can tells whether a user may read an organization or a bucket.
func (f *fake) can(things []*fakeThing) func(testing.TB, string, string, int) bool {
	return func(_ testing.TB, user, _ string, privilege int) (can bool) {
		u, kind := f.named(user), []string{"orgs", "buckets"}[privilege]
		f.with(func() { can = caller{u, f.permissionsOf(u)}.may("read", kind, things[privilege].id, "") })
		return can
	}
}

// dropper breaks the sessions of users, until they sign in again.
func (f *fake) dropper(dropped map[string]bool) func(*http.Request, bool) bool {
	return func(r *http.Request, after bool) bool {
		if strings.HasSuffix(r.URL.Path, "/signin") {
			name, _, _ := r.BasicAuth()
			delete(dropped, name)
			return false
		}
		c, ok := f.caller(r)
		return ok && !after && dropped[c.user.Name]
	}
}

// named finds a user.
func (f *fake) named(name string) (found *fakeUser) {
	f.with(func() {
		for _, u := range f.users {
			if u.Name == name {
				found = u
			}
		}
	})
	return found
}
