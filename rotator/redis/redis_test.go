package redis_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/gomodule/redigo/redis"

	"github.com/alberti-dev/alberti/internal/redistest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	engine "github.com/alberti-dev/alberti/rotator/redis"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server is that of most tests here; each has users of its own.
var server *redistest.Server

// admin is who makes users.
const admin = "admin"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	server, err = redistest.Start(context.Background(), redistest.Options{
		ACLFile: true, TLS: true,
		Settings: map[string]string{"slowlog-log-slower-than": "0", "slowlog-max-len": "100000", "acllog-max-len": "100000"},
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	if err := try(server, "ACL", "SETUSER", admin, "on", ">"+server.Password, "~*", "&*", "+@all"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, rotatortest.Harness{
		Engine: engine.Engine{},
		Value:  value,
		User:   func(t testing.TB, user, password string) { newUser(t, user, password) },
		Login:  login,
		Reset:  reset,
		Drop:   drop,
		Admin:  admin, AdminPassword: server.Password,
		Overlap: true, NotInNames: " ", Grant: grant, Revoke: revoke, Can: can,
	})
}

// value is a secret's value for a user of the server, in clear.
func value(user, password string) map[string]any { return valueAt(server, user, password) }

func valueAt(s *redistest.Server, user, password string) map[string]any {
	return map[string]any{
		"engine": "redis", "host": s.Host, "port": s.Port,
		"username": user, "password": password, "ssl": false,
	}
}

// with changes a value.
func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

// selfMade are the rules of a user who may change its own password, and little
// else.
var selfMade = []string{"~*", "+acl|setuser", "+acl|save", "+config|get", "+ping"}

// newUser makes a user, and gives it more rules.
func newUser(t testing.TB, user, password string, rules ...string) {
	t.Helper()
	makeUser(t, server, user, password, rules...)
}

func makeUser(t testing.TB, s *redistest.Server, user, password string, rules ...string) {
	t.Helper()
	args := []any{"SETUSER", user, "on", ">" + password}
	for _, rule := range append(selfMade, rules...) {
		args = append(args, rule)
	}
	execute(t, s, "ACL", args...)
}

// login logs in past the engine.
func login(t testing.TB, user, password string) error { return loginAt(server, user, password) }

func loginAt(s *redistest.Server, user, password string) error {
	conn, err := s.Login(user, password)
	if err != nil {
		return err
	}
	return conn.Close()
}

func accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

func refuses(t testing.TB, user, password string) {
	t.Helper()
	if login(t, user, password) == nil {
		t.Errorf("%q logs in with a password that is out of force", user)
	}
}

// reset gives a user one password, past the engine.
func reset(t testing.TB, user, password string) {
	t.Helper()
	execute(t, server, "ACL", "SETUSER", user, "resetpass", ">"+password)
}

// drop ends a user's connections.
func drop(t testing.TB, user string) {
	t.Helper()
	execute(t, server, "CLIENT", "KILL", "USER", user)
}

// grant and revoke are about two privileges, can asks for one.
var privileges = []string{"get", "strlen"}

func grant(t testing.TB, user string, n int) {
	t.Helper()
	execute(t, server, "ACL", "SETUSER", user, "+"+privileges[n])
}

func revoke(t testing.TB, user string, n int) {
	t.Helper()
	execute(t, server, "ACL", "SETUSER", user, "-"+privileges[n])
}

func can(t testing.TB, user, password string, n int) bool {
	t.Helper()
	conn, err := server.Login(user, password)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = conn.Do(privileges[n], "a key")
	if err != nil && !strings.HasPrefix(err.Error(), "NOPERM") {
		t.Fatal(err)
	}
	return err == nil
}

// execute runs a command as the default user.
func execute(t testing.TB, s *redistest.Server, command string, args ...any) any {
	t.Helper()
	conn, err := s.Login("default", s.Password)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	reply, err := conn.Do(command, args...)
	if err != nil {
		t.Fatalf("%s %v: %v", command, args, err)
	}
	return reply
}

func try(s *redistest.Server, command string, args ...any) error {
	conn, err := s.Login("default", s.Password)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Do(command, args...)
	return err
}

// rules are what ACL LIST says of a user; empty when there is none.
func rules(t testing.TB, s *redistest.Server, user string) string {
	t.Helper()
	lines, err := redis.Strings(execute(t, s, "ACL", "LIST"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "user "+user+" "); ok {
			return text
		}
	}
	return ""
}

// single is a secret for a user who changes its own password.
func single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, engine.Engine{}, v)
}

// alternating is a secret for two users.
func alternating(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, engine.Engine{}, value(admin, server.Password))
	return rotatortest.New(t, m, "alternating", rotator.AlternatingUsers, engine.Engine{}, with(v, "masterarn", master.ID))
}

// set runs the steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}

// credential is a login in clear.
func credential(user, password string) rotator.Credential {
	return rotator.Credential{
		Host: server.Host, Port: server.Port, Username: user, Password: secret.Text(password), TLS: rotator.TLSOff,
	}
}

// enter logs in with the engine.
func enter(t *testing.T, c rotator.Credential) (rotator.Session, *contract.Report) {
	t.Helper()
	var r contract.Report
	s, err := engine.Engine{}.Login(t.Context(), c, &r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, &r
}
