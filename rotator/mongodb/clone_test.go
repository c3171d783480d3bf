package mongodb_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mongodb"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

func roles(names ...string) bson.A {
	out := bson.A{}
	for _, name := range names {
		role, database, _ := strings.Cut(name, "@")
		out = append(out, bson.D{{Key: "role", Value: role}, {Key: "db", Value: database}})
	}
	return out
}

// rolesOf gives the roles of a user of admin, in order.
func rolesOf(user string) string {
	var out []string
	for _, e := range proxy.Account("admin", user) {
		if e.Key != "roles" {
			continue
		}
		for _, r := range e.Value.(bson.A) {
			d := r.(bson.D)
			out = append(out, fmt.Sprint(d[0].Value, "@", d[1].Value))
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func field(user, key string) any {
	for _, e := range proxy.Account("admin", user) {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

func wantRoles(t *testing.T, user, want string) {
	t.Helper()
	if got := rolesOf(user); got != want {
		t.Errorf("%s has the roles %q, want %q", user, got, want)
	}
}

// pairFor makes a user of some roles and the secret that alternates it.
func pairFor(t *testing.T, user string, names ...string) *rotatortest.Subject {
	t.Helper()
	newUser(t, user, "right")
	proxy.Change("admin", user, "roles", roles(names...))
	return alternating(t, value(user, "right"))
}

// TestRolesChange grants and revokes between rotations, to the user in use and to
// the other.
func TestRolesChange(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "drift", "read@shop", "readWrite@stock")
	s.Rotate()
	wantRoles(t, "drift_clone", "read@shop readWrite@stock")

	proxy.Change("admin", "drift_clone", "roles", roles("readWrite@stock", "dbAdmin@shop"))
	s.Rotate() // to the original: read@shop is gone, dbAdmin@shop has come
	wantRoles(t, "drift", "dbAdmin@shop readWrite@stock")

	proxy.Change("admin", "drift_clone", "roles", roles("root@admin")) // not in use: it is not the one that counts
	s.Rotate()
	wantRoles(t, "drift_clone", "dbAdmin@shop readWrite@stock")

	proxy.Change("admin", "drift_clone", "roles", roles())
	s.Rotate()
	wantRoles(t, "drift", "")
}

// TestCarried wants customData and restrictions to follow, and the mark to stay.
func TestCarried(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "carried", "read@shop")
	from := func(addresses ...string) bson.A {
		return bson.A{bson.D{{Key: "clientSource", Value: addresses}}}
	}
	proxy.Change("admin", "carried", "customData", bson.D{{Key: "team", Value: "shop"}, {Key: "n", Value: int64(1) << 40}})
	proxy.Change("admin", "carried", "authenticationRestrictions", bson.A{from("127.0.0.1", "10.0.0.0/8")}) // nested, as usersInfo tells roles'
	s.Rotate()
	mark := "made by alberti for " + s.ID
	wantField := func(user, key, want string) {
		t.Helper()
		if got := fmt.Sprint(field(user, key)); got != want {
			t.Errorf("%s of %s: %s, want %s", key, user, got, want)
		}
	}
	wantField("carried_clone", "customData", fmt.Sprintf(`{"team":"shop","n":{"$numberLong":"1099511627776"},"alberti":%q}`, mark))
	wantField("carried_clone", "authenticationRestrictions", `[{"clientSource":["127.0.0.1","10.0.0.0/8"]}]`)

	proxy.Change("admin", "carried_clone", "customData", bson.D{{Key: "team", Value: "stock"}, {Key: "alberti", Value: mark}})
	proxy.Change("admin", "carried_clone", "authenticationRestrictions", from("127.0.0.1"))
	s.Rotate()
	wantField("carried", "customData", `{"team":"stock"}`)
	wantField("carried", "authenticationRestrictions", `[{"clientSource":["127.0.0.1"]}]`)

	proxy.Change("admin", "carried", "customData", bson.D{})
	proxy.Change("admin", "carried", "authenticationRestrictions", bson.A{})
	s.Rotate()
	wantField("carried_clone", "customData", fmt.Sprintf(`{"alberti":%q}`, mark))
	wantField("carried_clone", "authenticationRestrictions", "[]")
}

// TestMechanisms wants an account to keep the mechanisms that it has, and its
// second user to have the same.
func TestMechanisms(t *testing.T) {
	t.Parallel()
	newUserIn(t, "admin", "mechanic", "right", "SCRAM-SHA-1")
	newUserIn(t, "admin", "mechanic_pair", "right", "SCRAM-SHA-1")
	single(t, value("mechanic", "right")).Rotate()
	alternating(t, value("mechanic_pair", "right")).Rotate()
	for _, user := range []string{"mechanic", "mechanic_pair", "mechanic_pair_clone"} {
		out := execute(t, "admin", bson.D{{Key: "usersInfo", Value: user}})
		if told := fmt.Sprint(out); !strings.Contains(told, `"mechanisms":["SCRAM-SHA-1"]`) {
			t.Errorf("%s: %s", user, told)
		}
	}
}

// TestOneCommand wants the second user to be made and changed by one command
// each: a crash leaves it as it was or as it is to be.
func TestOneCommand(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "atomic", "read@shop")
	s.Rotate()
	s.Rotate()
	proxy.Change("admin", "atomic", "roles", roles("read@shop", "read@stock"))
	s.Rotate()
	var made, changed int
	for _, c := range proxy.Seen("createUser") {
		if c[0].Value == "atomic_clone" {
			made++
		}
	}
	for _, c := range proxy.Seen("updateUser") {
		if c[0].Value == "atomic_clone" {
			changed++
			if text := fmt.Sprint(c); !strings.Contains(text, `"roles"`) || !strings.Contains(text, `"pwd"`) {
				t.Error("a change without both roles and password")
			}
		}
	}
	if made != 1 || changed != 1 {
		t.Errorf("%d commands made the clone, and %d changed it", made, changed)
	}
}

// TestLevelOnRetry stops after the password was set, and wants the next attempt
// to look at the roles all the same.
func TestLevelOnRetry(t *testing.T) {
	t.Parallel()
	s := pairFor(t, "retry", "read@shop")
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	proxy.Change("admin", "retry", "roles", roles("read@stock"))
	s.Run(secret.SetSecret)
	wantRoles(t, "retry_clone", "read@stock")
	s.Run(secret.TestSecret, secret.FinishSecret)
}

// TestNoRoles meets the server without what the proxy adds: FerretDB keeps no
// customData, as other servers of the protocol may not.
func TestNoRoles(t *testing.T) {
	t.Parallel()
	newUser(t, "bare", "right")
	s := alternating(t, with(value("bare", "right"), "port", server.Port))
	if err := set(s); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(s.Report.Notes, "\n"); !strings.Contains(notes, "no customData") {
		t.Errorf("notes: %s", notes)
	}
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
	s.Rotate()
	s.Rotate()
	user, password := s.Login(secret.Current)
	accepts(t, user, password)
}

// TestDatabases alternates users of a database of their own, whose administrator
// is in admin; and refuses to choose between two users of one name.
func TestDatabases(t *testing.T) {
	t.Parallel()
	newUserIn(t, "shop", "local", "right")
	newUserIn(t, "shop", "twice", "right")
	newUserIn(t, "admin", "twice", "right")
	for _, key := range []string{"dbname", "authSource"} {
		v := with(with(value("local", "right"), "dbname", "shop"), key, "shop")
		s := alternating(t, v)
		if key == "authSource" {
			execute(t, "shop", bson.D{{Key: "dropUser", Value: "local_clone"}})
		}
		s.Rotate()
		user, password := s.Login(secret.Current)
		if err := server.CanLogin(user, password, "shop"); err != nil || user != "local_clone" {
			t.Errorf("%s: %v", user, err)
		}
	}
	if err := set(alternating(t, with(value("twice", "right"), "dbname", "shop"))); err == nil || !strings.Contains(err.Error(), "not clear which") {
		t.Errorf("two users of one name: %v", err)
	}
}

// TestOwner says what may be done with a user that exists, or does not.
func TestOwner(t *testing.T) {
	t.Parallel()
	newUser(t, "owner", "right")
	newUser(t, "owner_clone", "stranger")
	admin, err := mongodb.Engine{}.Login(t.Context(), credential(server.User, server.Password), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	cloner := admin.(rotator.Cloner)
	const id = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:owner-a1B2c3"
	for _, c := range []struct {
		name, to string
		owner    rotator.Owner
		says     string
	}{
		{"a stranger", "owner_clone", rotator.Owner{}, "was not made for this secret"},
		{"none, and none to be made", "owner_none", rotator.Owner{Existing: true}, "must not make one"},
		{"known", "owner_clone", rotator.Owner{Known: true}, ""},
		{"adopted", "owner_clone", rotator.Owner{Adopt: true}, ""},
		{"made by a person", "owner_clone", rotator.Owner{Existing: true}, ""},
		{"made", "owner_made", rotator.Owner{}, ""},
		{"made before", "owner_made", rotator.Owner{}, ""},
	} {
		c.owner.SecretARN = id
		err := cloner.Clone(t.Context(), "owner", c.to, secret.Text("set-"+c.name), c.owner)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", c.name, err, c.says)
		}
		if c.says == "" {
			accepts(t, c.to, "set-"+c.name)
		}
	}
	if server.CanLogin("owner_none", "set-none, and none to be made", "admin") == nil {
		t.Error("a user was made")
	}
}

// TestNoRestrictions meets a server that does not know authentication
// restrictions, and says so once.
func TestNoRestrictions(t *testing.T) {
	t.Parallel()
	p, err := server.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.Answer(func(command bson.D) bson.D {
		for _, e := range command {
			if e.Key == "showAuthenticationRestrictions" {
				return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(303)}, {Key: "errmsg", Value: "Feature not supported"}}
			}
		}
		return nil
	})
	newUser(t, "unrestricted", "right")
	p.Change("admin", "unrestricted", "roles", roles("read@shop"))
	s := alternating(t, with(value("unrestricted", "right"), "port", p.Port))
	if err := set(s); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(s.Report.Notes, "\n"); strings.Count(notes, "no authentication restrictions") != 1 {
		t.Errorf("notes: %s", notes)
	}
	s.Run(secret.TestSecret, secret.FinishSecret)
	user, password := s.Login(secret.Current)
	accepts(t, user, password)
}
