package influxdb_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/influxdb"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// place gives host and port of a server.
func place(t testing.TB, s *httptest.Server) (host string, port int) {
	t.Helper()
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if port, err = strconv.Atoi(at.Port()); err != nil {
		t.Fatal(err)
	}
	return at.Hostname(), port
}

// value is a secret's value for a user.
func (f *fake) value(t testing.TB, user, password string) map[string]any {
	host, port := place(t, f.Server)
	return map[string]any{
		"engine": "timestream-influxdb", "host": host, "port": port, "username": user, "password": password, "ssl": false,
	}
}

func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

func (f *fake) single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, influxdb.Engine{}, v)
}

// TestPassword rotates the password of a user.
func TestPassword(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	app := f.user("app", "first-Password-1")
	s := f.single(t, f.value(t, "app", "first-Password-1"))
	for range 3 {
		s.Rotate()
		if _, password := s.Login(secret.Current); password != f.passwordOf(app) {
			t.Error("AWSCURRENT is not in force")
		}
	}
	// A value that someone wrote without changing the password.
	s.Write(f.value(t, "app", "never-In-Force-1"))
	s.Rotate()
	// An answer that was lost, then a try again.
	s.Begin()
	s.Run(secret.CreateSecret)
	f.with(func() {
		f.cut = func(r *http.Request, after bool) bool { return after && r.URL.Path == "/api/v2/me/password" }
	})
	if err := s.Step(secret.SetSecret); err != nil || s.Report.Changed.IsZero() {
		t.Errorf("setSecret, its answer lost: %v, changed at %v", err, s.Report.Changed)
	}
	f.with(func() { f.cut = nil })
	s.Run(rotatortest.Steps...)
	if _, password := s.Login(secret.Current); password != f.passwordOf(app) {
		t.Error("AWSCURRENT is not in force")
	}
}

// TestPutBack fails testSecret after the password was changed: the old one is in
// force again at once, and the next attempt sets the new one.
func TestPutBack(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	app := f.user("app", "first-Password-1")
	s := f.single(t, f.value(t, "app", "first-Password-1"))
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	if f.passwordOf(app) == "first-Password-1" {
		t.Fatal("setSecret changed nothing")
	}
	s.Tag("alberti:test-statement", "buckets()") // the fake has no queries
	if err := s.Step(secret.TestSecret); err == nil || strings.Contains(err.Error(), "not put back") {
		t.Errorf("testSecret: %v", err)
	}
	if now := f.passwordOf(app); now != "first-Password-1" || !strings.Contains(strings.Join(s.Report.Notes, "\n"), "the old password was put back") {
		t.Errorf("%q is in force, the history says %q", now, s.Report.Notes)
	}
	s.Tag("alberti:test-statement", "")
	s.Run(rotatortest.Steps...)
	if _, password := s.Login(secret.Current); password != f.passwordOf(app) {
		t.Error("AWSCURRENT is not in force")
	}
}

// TestAnother has an administrator set the password of a user.
func TestAnother(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	app := f.user("app", "first-Password-1")
	login := func(user, password string) rotator.Session {
		host, port := place(t, f.Server)
		s, err := influxdb.Engine{}.Login(t.Context(), rotator.Credential{
			Host: host, Port: port, Username: user, Password: secret.Text(password), TLS: rotator.TLSOff,
		}, &contract.Report{})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	admin := login("admin", "admin-Password-1")
	if err := admin.SetPassword(t.Context(), "app", secret.Text("second-Password-1")); err != nil || f.passwordOf(app) != "second-Password-1" {
		t.Errorf("SetPassword: %v, %s", err, f.passwordOf(app))
	}
	if err := admin.SetPassword(t.Context(), "app", secret.Text("short")); !errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("a password that is too short: %v", err)
	}
	if err := admin.SetPassword(t.Context(), "nobody", secret.Text("second-Password-1")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("SetPassword of nobody: %v", err)
	}
	f.with(func() { app.permissions = nil })
	if err := enter(t, f, "app", "second-Password-1"); err == nil {
		t.Error("a user who may not see itself logged in")
	}
}

func enter(t *testing.T, f *fake, user, password string) error {
	t.Helper()
	s := f.single(t, f.value(t, user, password))
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}

// TestReasons tells failures apart by what the server says.
func TestReasons(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	f.user("app", "first-Password-1")
	f.user("inactive", "first-Password-1").Status = "inactive"
	right := f.value(t, "app", "first-Password-1")
	answer := func(status int, text string) map[string]any {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, text, status) }))
		t.Cleanup(s.Close)
		host, port := place(t, s)
		return with(with(right, "host", host), "port", port)
	}
	for name, c := range map[string]struct {
		value map[string]any
		want  rotator.Reason
	}{
		"wrong password": {with(right, "password", "wrong-Password-1"), rotator.Refused},
		"no such user":   {with(right, "username", "nobody"), rotator.Refused},
		"inactive":       {with(right, "username", "inactive"), rotator.Locked},
		"colon":          {with(right, "username", "a:b"), rotator.Broken},
		"unknown host":   {with(right, "host", "no-such-host.invalid"), rotator.Unresolved},
		"TLS":            {with(right, "ssl", true), rotator.NoTLS},
		"preferred":      {with(right, "ssl", nil), rotator.NoTLS},
		"weak":           {answer(403, `{"code":"forbidden","message":"password change required"}`), rotator.Expired},
		"busy":           {answer(429, `{}`), rotator.LimitHit},
		"starting":       {answer(503, `{}`), rotator.NotReady},
		"proxy":          {answer(401, `{}`), rotator.Broken},
		"no JSON":        {answer(500, `no`), rotator.Broken},
	} {
		s := f.single(t, c.value)
		s.Begin()
		s.Run(secret.CreateSecret)
		err := s.Step(secret.SetSecret)
		var failed *rotator.LoginError
		if !errors.As(err, &failed) || failed.Reason != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// changed is a value with other members.
func changed(t *testing.T, v secret.Value, change map[string]any) map[string]any {
	t.Helper()
	var members map[string]any
	if err := json.Unmarshal(v.Reveal(), &members); err != nil {
		t.Fatal(err)
	}
	maps.Copy(members, change)
	return members
}
