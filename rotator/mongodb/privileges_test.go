package mongodb_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// privileges are the two that tests give and take.
var privileges = []string{"read@ledger", "dbAdmin@ledger"}

func grant(t testing.TB, user string, n int) {
	t.Helper()
	changeRoles(user, append(strings.Fields(rolesOf(user)), privileges[n]))
}

func revoke(t testing.TB, user string, n int) {
	t.Helper()
	changeRoles(user, slices.DeleteFunc(strings.Fields(rolesOf(user)), func(r string) bool { return r == privileges[n] }))
}

func changeRoles(user string, names []string) {
	proxy.Change("admin", user, "roles", roles(names...))
}

// can tells whether a user who logs in has the role of a privilege.
func can(t testing.TB, user, password string, n int) bool {
	t.Helper()
	accepts(t, user, password)
	return slices.Contains(strings.Fields(rolesOf(user)), privileges[n])
}

// TestPrivileges gives and takes privileges of the user in use, whichever it is.
func TestPrivileges(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "privileged")
	grant(t, "privileged", 0)
	for i, change := range []func(user string){
		func(user string) { grant(t, user, 1) },
		func(user string) { revoke(t, user, 0) },
		func(user string) { revoke(t, user, 1) },
		func(user string) { grant(t, user, 0) },
	} {
		inUse, _ := s.Login(secret.Current)
		change(inUse)
		s.Rotate()
		wantSame(t, s, inUse, i)
	}
}

// wantSame wants the user whose turn it is to do what the one before it may.
func wantSame(t *testing.T, s *rotatortest.Subject, before string, rotation int) {
	t.Helper()
	user, password := s.Login(secret.Current)
	for n, name := range privileges {
		want := slices.Contains(strings.Fields(rolesOf(before)), name)
		if got := can(t, user, password, n); got != want {
			t.Errorf("rotation %d: %s has %s: %v, want %v", rotation, user, name, got, want)
		}
	}
}
