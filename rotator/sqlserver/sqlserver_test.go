package sqlserver_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"testing"

	_ "github.com/microsoft/go-mssqldb"

	"github.com/alberti-dev/alberti/internal/tdstest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/rotator/sqlserver"
	"github.com/alberti-dev/alberti/secret"
)

// server is one of these tests' own: it and what is behind it.
type server struct {
	*fake
	*tdstest.Server
}

func start(t testing.TB, c *tls.Config) server {
	t.Helper()
	f := newFake()
	return server{f, tdstest.Start(t, f, c)}
}

// value is a secret's value for a login, without TLS.
func (s server) value(user, password string) map[string]any {
	return map[string]any{
		"engine": "sqlserver", "host": s.Host, "port": s.Port, "username": user, "password": password, "ssl": false, "dbname": "app",
	}
}

func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

// login logs in past the engine.
func (s server) login(t testing.TB, user, password string) error {
	u := url.URL{
		Scheme: "sqlserver", User: url.UserPassword(user, password), Host: s.Host + ":" + strconv.Itoa(s.Port),
		RawQuery: "encrypt=disable&database=app",
	}
	db, err := sql.Open("sqlserver", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return db.PingContext(context.Background())
}

func (s server) accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := s.login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

func (s server) single(t testing.TB, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, sqlserver.Engine{}, v)
}

func (s server) alternating(t testing.TB, v map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, sqlserver.Engine{}, s.value("sa", "right-Sa-1"))
	return rotatortest.New(t, m, "alternating", rotator.AlternatingUsers, sqlserver.Engine{}, with(v, "masterarn", master.ID))
}

func (s server) harness() rotatortest.Harness {
	return rotatortest.Harness{
		Engine: sqlserver.Engine{},
		Value:  s.value,
		User:   func(_ testing.TB, user, password string) { s.newLogin(user, password) },
		Login:  s.login,
		Reset: func(_ testing.TB, user, password string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.logins[user].password = password
		},
		Drop:  func(_ testing.TB, user string) { s.Drop(user) },
		Admin: "sa", AdminPassword: "right-Sa-1",
		OtherNames: func(user string) []string { return []string{strings.ToUpper(user)} },
		NotInNames: `\`, // such a name is an account of Windows
		Lock:       s.lock, Expire: s.expire, Limit: s.limit, Grant: s.grant, Revoke: s.revoke, Can: s.can,
	}
}

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, start(t, nil).harness())
}

// TestSuiteContained runs the suite for the users of a contained database.
func TestSuiteContained(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	h := s.harness()
	h.Lock, h.Expire, h.Limit = nil, nil, nil // these are states of logins
	h.User = func(_ testing.TB, user, password string) { s.newUser("app", user, password, true) }
	h.Reset = func(_ testing.TB, user, password string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.databases["app"].users[user].password = password
	}
	rotatortest.Run(t, h)
}

// steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}
