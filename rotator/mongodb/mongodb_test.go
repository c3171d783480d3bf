package mongodb_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/alberti-dev/alberti/internal/mongotest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mongodb"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server and the proxy before it are those of all tests here; each test has users
// of its own.
var (
	server *mongotest.Server
	proxy  *mongotest.Proxy
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if server, err = mongotest.Start(context.Background()); err == nil {
		defer server.Stop()
		if proxy, err = server.Proxy(); err == nil {
			defer proxy.Close()
			return m.Run()
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, rotatortest.Harness{
		Engine: mongodb.Engine{},
		Value:  value,
		User:   newUser,
		Login:  login,
		Reset:  reset,
		Drop:   func(_ testing.TB, user string) { proxy.Drop(user) },
		Admin:  server.User, AdminPassword: server.Password,
		Grant: grant, Revoke: revoke, Can: can,
	})
}

// value is a secret's value for a user of the server, without TLS.
func value(user, password string) map[string]any {
	return map[string]any{
		"engine": "mongo", "host": proxy.Host, "port": proxy.Port,
		"username": user, "password": password, "ssl": false,
	}
}

// with changes a value.
func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

func newUser(t testing.TB, user, password string) { t.Helper(); newUserIn(t, "admin", user, password) }

func newUserIn(t testing.TB, database, user, password string, mechanisms ...string) {
	t.Helper()
	command := bson.D{{Key: "createUser", Value: user}, {Key: "pwd", Value: password}, {Key: "roles", Value: bson.A{}}}
	if len(mechanisms) > 0 {
		command = append(command, bson.E{Key: "mechanisms", Value: mechanisms})
	}
	execute(t, database, command)
}

// reset gives a user a password, past the engine.
func reset(t testing.TB, user, password string) {
	t.Helper()
	execute(t, "admin", bson.D{{Key: "updateUser", Value: user}, {Key: "pwd", Value: password}})
}

func execute(t testing.TB, database string, command bson.D) bson.D {
	t.Helper()
	out, err := server.Run(database, command)
	if err != nil {
		t.Fatalf("%s: %v", command[0].Key, err)
	}
	return out
}

func login(_ testing.TB, user, password string) error {
	return server.CanLogin(user, password, "admin")
}

func accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

func single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, mongodb.Engine{}, v)
}

// alternating is a secret for two users, with root as administrator.
func alternating(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return alternatingUnder(t, v, with(value(server.User, server.Password), "port", v["port"]))
}

func alternatingUnder(t *testing.T, v, master map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	s := rotatortest.New(t, m, "master", rotator.SingleUser, mongodb.Engine{}, master)
	return rotatortest.New(t, m, "alternating", rotator.AlternatingUsers, mongodb.Engine{}, with(v, "masterarn", s.ID))
}

// set does the steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}
