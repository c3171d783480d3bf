package influxdb_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/influxdb"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

func multiUser(_ rotator.Engine, c rotator.Config) contract.Function { return influxdb.MultiUser(c) }

// alternating is a secret of a user app who takes turns with another, by the
// function as AWS's template calls it.
func (f *fake) alternating(t *testing.T, key string) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	admin := rotatortest.New(t, m, "admin", rotator.SingleUser, influxdb.Engine{}, f.value(t, "admin", "admin-Password-1"))
	f.user("app", "first-Password-1")
	return rotatortest.New(t, m, "app", multiUser, nil, with(f.value(t, "app", "first-Password-1"), key, admin.ID))
}

// TestAlternating names the administrator by the key of either kind of value.
func TestAlternating(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"masterarn", "adminSecretArn"} {
		f := newFake(t)
		s := f.alternating(t, key)
		bucket := f.bucket()
		f.join(f.orgs[0], f.named("app"), "members")
		f.join(bucket, f.named("app"), "members")
		for _, turn := range []string{"app_clone", "app", "app_clone"} {
			s.Rotate()
			user, password := s.Login(secret.Current)
			if user != turn || f.passwordOf(f.named(user)) != password {
				t.Errorf("by %s: it is the turn of %s, want %s", key, user, turn)
			}
		}
		clone := f.named("app_clone")
		if f.roleOf(f.orgs[0], clone) != "members" || f.roleOf(bucket, clone) != "members" || !strings.Contains(clone.OAuthID, s.ID) {
			t.Errorf("the clone is %+v, of %+v", clone, f.orgs[0])
		}
	}
}

// TestRoles changes what a user is of an organization and a bucket between
// rotations: the other follows, in both directions.
func TestRoles(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	s := f.alternating(t, "masterarn")
	bucket := f.bucket()
	for _, role := range []struct{ org, bucket string }{
		{"members", ""}, {"owners", "members"}, {"members", "members"}, {"", "members"}, {"", ""}, {"owners", ""},
	} {
		now, _ := s.Login(secret.Current)
		f.join(f.orgs[0], f.named(now), role.org)
		f.join(bucket, f.named(now), role.bucket)
		s.Rotate()
		next, _ := s.Login(secret.Current)
		if org, of := f.roleOf(f.orgs[0], f.named(next)), f.roleOf(bucket, f.named(next)); org != role.org || of != role.bucket {
			t.Errorf("%s is among the %q and %q, want %+v", next, org, of, role)
		}
	}
}

// TestUnlike is for what no membership gives: the user in use may do it by a token
// of its own, or as an operator. No user takes its turn who may not.
func TestUnlike(t *testing.T) {
	t.Parallel()
	for says, give := range map[string]func(*fake, *fakeUser){
		"by a token of its own": func(f *fake, u *fakeUser) { f.token(u, "its own", permit("write", "buckets", "", orgID)) },
		"permission to write instance": func(f *fake, u *fakeUser) {
			f.with(func() { u.permissions = append(u.permissions, permit("write", "instance", "", "")) })
		},
	} {
		f := newFake(t)
		s := f.alternating(t, "masterarn")
		give(f, f.named("app"))
		s.Begin()
		s.Run(secret.CreateSecret)
		if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("setSecret: %v, want the words %q", err, says)
		}
		if f.passwordOf(f.named("app_clone")) != "" {
			t.Error("the clone can sign in")
		}
	}
}

// TestTokensCovered lets tokens be that allow no more than memberships do, or than
// a token of the other user does.
func TestTokensCovered(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	s := f.alternating(t, "masterarn")
	app := f.named("app")
	f.join(f.orgs[0], app, "members")
	f.token(app, "less", permit("read", "buckets", "0000000000000b01", orgID), permit("read", "users", app.ID, ""))
	s.Rotate()
	more := permit("write", "buckets", "0000000000000b01", orgID)
	f.token(f.named("app_clone"), "more", more)
	f.token(app, "as much", more)
	s.Rotate()
	if user, _ := s.Login(secret.Current); user != "app" {
		t.Errorf("it is the turn of %s", user)
	}
}

// TestCloneAtAnyMoment breaks the connection at each request of a rotation, before
// or after it was done: the user in use can always sign in, and the next attempt
// ends with the other one level.
func TestCloneAtAnyMoment(t *testing.T) {
	t.Parallel()
	for _, after := range []bool{false, true} {
		for n, failed := 0, true; failed; n++ {
			f := newFake(t)
			s := f.alternating(t, "masterarn")
			f.join(f.orgs[0], f.named("app"), "owners")
			left := n
			f.with(func() {
				f.cut = func(_ *http.Request, done bool) bool {
					if done == after {
						left--
					}
					return done == after && left == -1
				}
			})
			s.Begin()
			failed = slices.ContainsFunc(rotatortest.Steps, func(step secret.Step) bool { return s.Step(step) != nil })
			f.with(func() { f.cut = nil })
			s.Run(rotatortest.Steps...)
			user, password := s.Login(secret.Current)
			clone := f.named(user)
			if user != "app_clone" || f.passwordOf(clone) != password || f.roleOf(f.orgs[0], clone) != "owners" ||
				f.passwordOf(f.named("app")) != "first-Password-1" {
				t.Errorf("cut off at request %d: %s took over", n, user)
			}
			if !failed && n < 12 {
				t.Errorf("there were no more than %d requests", n)
			}
		}
	}
}

// TestByValue gives each function each kind of value.
func TestByValue(t *testing.T) {
	t.Parallel()
	single := func(_ rotator.Engine, c rotator.Config) contract.Function { return influxdb.SingleUser(c) }
	b := newBedBy(t, single, newFake(t), "operator")
	old := b.tokenOf(secret.Current)
	b.Rotate()
	if now := b.tokenOf(secret.Current); now == old || !b.works(now) {
		t.Error("the function of single users does not rotate a token")
	}
	f := newFake(t)
	app := f.user("app", "first-Password-1")
	s := rotatortest.New(t, rotatortest.NewSecrets(), "app", single, nil, with(f.value(t, "app", "first-Password-1"), "token", "beside it"))
	s.Rotate()
	if _, password := s.Login(secret.Current); password != f.passwordOf(app) || password == "first-Password-1" {
		t.Error("the function of single users does not rotate a password")
	}
}

// TestManagedKinds has the value pick the function, where none is named.
func TestManagedKinds(t *testing.T) {
	t.Parallel()
	managed := func(_ rotator.Engine, c rotator.Config) contract.Function {
		return rotator.Managed([]rotator.Family{influxdb.Functions}, c.Connect, func(n rotator.Named) contract.Function { return n.Make(c) })
	}
	b := newBedBy(t, managed, newFake(t), "custom")
	old := b.tokenOf(secret.Current)
	b.Rotate()
	if now := b.tokenOf(secret.Current); now == old || !b.works(now) {
		t.Error("the token was not rotated")
	}
	f := newFake(t)
	f.user("app", "first-Password-1")
	m := rotatortest.NewSecrets()
	admin := rotatortest.New(t, m, "admin", managed, nil, f.value(t, "admin", "admin-Password-1"))
	s := rotatortest.New(t, m, "app", managed, nil, with(f.value(t, "app", "first-Password-1"), "adminSecretArn", admin.ID))
	s.Rotate()
	admin.Rotate()
	if user, _ := s.Login(secret.Current); user != "app_clone" {
		t.Errorf("it is the turn of %s", user)
	}
	if _, password := admin.Login(secret.Current); password != f.passwordOf(f.named("admin")) {
		t.Error("the administrator's password is not in force")
	}
}

// TestAnotherAdministrator names one in the value that the tag does not, for a
// token.
func TestAnotherAdministrator(t *testing.T) {
	t.Parallel()
	b := newBed(t, "custom")
	b.Tag("alberti:masterarn", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:another-a1B2c3")
	b.Begin()
	if err := b.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), "is not the administrator that tag") {
		t.Errorf("createSecret: %v", err)
	}
}
