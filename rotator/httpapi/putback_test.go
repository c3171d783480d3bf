package httpapi_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

const wasPutBack = "the old credential was put back"

// changed is a secret of app whose rotation has come as far as testSecret.
func changed(t *testing.T, api *service, description string) *rotatortest.Subject {
	t.Helper()
	api.passwords["app"], api.passwords["admin"] = "first-Password", "admin-Password"
	m := rotatortest.NewSecrets()
	admin, err := m.Add("admin", `{"name":"admin","password":"admin-Password"}`)
	if err != nil {
		t.Fatal(err)
	}
	s := subject(t, api, m, strings.Replace(description, "ADMIN", admin, 1), map[string]any{"user": "app", "password": "first-Password"})
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	if api.passwords["app"] == "first-Password" {
		t.Fatal("setSecret changed nothing")
	}
	api.seen = nil
	return s
}

// byAdmin is passwords where an administrator sets them.
func byAdmin() string {
	return strings.NewReplacer(`"generate"`, `"admin": "ADMIN", "generate"`,
		"{{.inForce.user}}", "{{.admin.name}}", "{{.inForce.password}}", "{{.admin.password}}").Replace(passwords)
}

// refuse has the service answer tests of one password with a status.
func refuse(password string, status int) func(*http.Request) int {
	return func(r *http.Request) int {
		if _, p, _ := r.BasicAuth(); r.Method == http.MethodGet && p == password {
			return status
		}
		return 0
	}
}

// fails wants testSecret to fail without a credential in its words.
func fails(t *testing.T, s *rotatortest.Subject) error {
	t.Helper()
	err := s.Step(secret.TestSecret)
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("testSecret: %v", err)
	}
	said := err.Error() + strings.Join(s.Report.Notes, "\n")
	if strings.Contains(said, "-Password") || strings.Contains(said, "Basic") {
		t.Errorf("testSecret tells a credential: %s", said)
	}
	return err
}

// changes counts the requests that were no tests.
func (s *service) changes() int {
	return len(slices.DeleteFunc(slices.Clone(s.seen), func(q string) bool { return strings.HasPrefix(q, "GET ") }))
}

// TestPutBack fails testSecret after the password was changed: AWSCURRENT is in
// force again at once, and the next attempt sets the pending one.
func TestPutBack(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusInternalServerError} {
		api := newService(t)
		s := changed(t, api, passwords)
		api.fail = refuse(api.passwords["app"], status)
		s.Guard.Claimed = nil
		for _, note := range []string{wasPutBack, "AWSCURRENT works"} {
			if err := fails(t, s); strings.Contains(err.Error(), "not put back") {
				t.Errorf("status %d: %v", status, err)
			}
			if api.passwords["app"] != "first-Password" || api.changes() != 1 {
				t.Errorf("status %d: AWSCURRENT is not in force after %q", status, api.seen)
			}
			if len(s.Guard.Claimed) != 1 {
				t.Errorf("status %d: the account was claimed %d times", status, len(s.Guard.Claimed))
			}
			if !strings.Contains(strings.Join(s.Report.Notes, "\n"), note) {
				t.Errorf("status %d: the history says %q, not %q", status, s.Report.Notes, note)
			}
		}
		api.fail = nil
		s.Run(rotatortest.Steps...)
		if api.passwords["app"] != member(t, s, secret.Current, "password") || api.passwords["app"] == "first-Password" {
			t.Errorf("status %d: the next attempt did not rotate", status)
		}
	}
}

// TestPutBackAnswerLost puts back with an answer that is lost.
func TestPutBackAnswerLost(t *testing.T) {
	t.Parallel()
	api := newService(t)
	s := changed(t, api, passwords)
	api.fail = refuse(api.passwords["app"], http.StatusInternalServerError)
	api.after = func(r *http.Request) error {
		if r.Method == http.MethodPut {
			return errors.New("lost")
		}
		return nil
	}
	if err := fails(t, s); strings.Contains(err.Error(), "not put back") || !strings.Contains(strings.Join(s.Report.Notes, "\n"), wasPutBack) {
		t.Errorf("%v, the history says %q", err, s.Report.Notes)
	}
}

// TestPutBackMangled has a service that made something else of the new password:
// neither works, and only an administrator can put the old one back.
func TestPutBackMangled(t *testing.T) {
	t.Parallel()
	for description, want := range map[string]string{byAdmin(): "first-Password", passwords: "MANGLED"} {
		api := newService(t)
		s := changed(t, api, description)
		api.passwords["app"] = "MANGLED"
		err := fails(t, s)
		back := want == "first-Password"
		if api.passwords["app"] != want || back == strings.Contains(err.Error(), "not put back: the set request: authentication refused") {
			t.Errorf("put back %v: %v", back, err)
		}
		if back != strings.Contains(strings.Join(s.Report.Notes, "\n"), wasPutBack) {
			t.Errorf("put back %v: the history says %q", back, s.Report.Notes)
		}
	}
}

// TestPutBackInVain has a service that says that it was done, and did not do it.
func TestPutBackInVain(t *testing.T) {
	t.Parallel()
	api := newService(t)
	s := changed(t, api, passwords)
	pending := refuse(api.passwords["app"], http.StatusUnauthorized)
	api.fail = func(r *http.Request) int {
		if r.Method == http.MethodPut {
			return http.StatusOK
		}
		return pending(r)
	}
	err := fails(t, s)
	if !strings.Contains(err.Error(), "not put back: the server was told, and then:") || strings.Contains(strings.Join(s.Report.Notes, "\n"), wasPutBack) {
		t.Errorf("%v, the history says %q", err, s.Report.Notes)
	}
}

// TestNotPutBack changes nothing where AWSCURRENT was not seen to be refused, or
// is not known to be refused by this rotation's doing.
func TestNotPutBack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(*service, *rotatortest.Subject)
		says   string // of what was not put back; empty where there was nothing to
	}{
		"AWSCURRENT works": {func(api *service, _ *rotatortest.Subject) {
			api.passwords["app"] = "first-Password"
		}, ""},
		"the service is in trouble": {func(api *service, _ *rotatortest.Subject) {
			api.fail = func(*http.Request) int { return http.StatusServiceUnavailable }
		}, "not put back: the test request: server not ready"},
		"AWSCURRENT is for another account": {func(api *service, s *rotatortest.Subject) {
			told := api.passwords["app"]
			s.Change("user", "admin")
			s.Begin()
			s.Fill(map[string]any{"user": "app", "password": told})
			api.passwords["app"] = "MANGLED"
		}, ""},
		"a test rotation": {func(api *service, s *rotatortest.Subject) {
			told := api.passwords["app"]
			s.Change("password", told)
			s.Begin()
			s.Fill(map[string]any{"user": "app", "password": told})
			api.passwords["app"] = "MANGLED"
		}, ""},
		"setSecret has told nothing": {func(_ *service, s *rotatortest.Subject) {
			if err := s.Secrets.UpdateSecretVersionStage(t.Context(), s.ID, secret.Pending, "", s.Token); err != nil {
				t.Fatal(err)
			}
			s.Begin()
			s.Fill(map[string]any{"user": "app", "password": "other-Password"})
		}, "not put back: by the journal"},
	} {
		api := newService(t)
		s := changed(t, api, byAdmin())
		c.before(api, s)
		err := fails(t, s)
		if api.changes() > 0 || c.says != "" && !strings.Contains(err.Error(), c.says) || c.says == "" && strings.Contains(err.Error(), "put back") {
			t.Errorf("%s: %v after %q", name, err, api.seen)
		}
	}
}

// TestNotPutBackBeside fails the test of a credential beside the one in use, which
// is left alone: that of another slot, and one that the service made.
func TestNotPutBackBeside(t *testing.T) {
	t.Parallel()
	slotted := strings.Replace(passwords, `"generate"`, `"slots": {"key": "slot", "values": ["one", "two"]}, "generate"`, 1)
	api := newService(t)
	s := changed(t, api, slotted)
	api.fail = func(*http.Request) int { return http.StatusUnauthorized }
	fails(t, s)
	if len(api.seen) != 1 {
		t.Errorf("asked %q for a slot", api.seen)
	}

	api = newService(t)
	api.keys["key0"] = key{user: "app", token: "token-of-key-0-Secret"}
	s = subject(t, api, rotatortest.NewSecrets(), strings.Replace(keys, "KEEP", "", 1), map[string]any{"user": "app", "id": "key0", "token": "token-of-key-0-Secret"})
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	api.seen, api.fail = nil, func(*http.Request) int { return http.StatusUnauthorized }
	fails(t, s)
	if len(api.seen) != 1 {
		t.Errorf("asked %q for a key", api.seen)
	}
}
