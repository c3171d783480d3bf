package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/httpapi"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// The three ways of an API: it is told of a password, it makes keys, it has slots.
const (
	passwords = `{"url": "URL", "ca": "ca.pem", "generate": "password", "account": "{{.value.user}}", "requests": {
		"set": {"method": "PUT", "path": "/users/{{.value.user}}/password", "body": {"new": "{{.value.password}}", "days": 90},
			"basic": {"user": "{{.inForce.user}}", "password": "{{.inForce.password}}"}},
		"test": {"method": "GET", "path": "/me/{{.value.user}}", "basic": {"user": "{{.value.user}}", "password": "{{.value.password}}"}}}}`

	keys = `{"url": "URL", "ca": "ca.pem", KEEP "account": "{{.value.user}}", "requests": {
		"cleanup": {"method": "DELETE", "path": "/users/{{.value.user}}/keys", "query": {"label": "{{.token}}"}, "headers": {"Authorization": "Bearer {{.inForce.token}}"}},
		"create": {"method": "POST", "path": "/users/{{.value.user}}/keys", "form": {"label": "{{.token}}"}, "headers": {"Authorization": "Bearer {{.inForce.token}}"},
			"expect": [201], "extract": {"id": "/keys/0/id", "token": "/keys/0/token", "n": "/keys/0/n"}},
		"test": {"method": "GET", "path": "/me/{{.value.user}}", "headers": {"Authorization": "Bearer {{.value.token}}"}},
		"revoke": {"method": "DELETE", "path": "/users/{{.value.user}}/keys/{{.value.id}}", "headers": {"Authorization": "Bearer {{.inForce.token}}"}, "expect": [204, 404]}}}`

	slots = `{"url": "URL", "ca": "ca.pem", "slots": {"key": "slot", "values": ["one", "two"]}, "requests": {
		"create": {"method": "POST", "path": "/slots/{{.value.slot}}", "headers": {"X-Key": "{{.inForce.key}}"}, "extract": {"key": "/key"}},
		"test": {"method": "GET", "path": "/slots/{{.value.slot}}", "headers": {"X-Key": "{{.value.key}}"}}}}`
)

// function loads a description and gives the one function of it.
func function(t testing.TB, s *service, description string) rotator.Named {
	t.Helper()
	return loaded(t, s.describe("Rotate", description))
}

// loaded is the one function of a folder.
func loaded(t testing.TB, dir string) rotator.Named {
	t.Helper()
	f, err := httpapi.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f.Functions[0]
}

// subject is a secret that is rotated by a description.
func subject(t testing.TB, s *service, m *rotatortest.Secrets, description string, value map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotated(t, function(t, s, description), m, value)
}

// rotated is a secret that a function rotates.
func rotated(t testing.TB, f rotator.Named, m *rotatortest.Secrets, value map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, m, "http", func(_ rotator.Engine, c rotator.Config) contract.Function { return f.Make(c) }, nil, value)
}

func member(t testing.TB, s *rotatortest.Subject, label, key string) string {
	t.Helper()
	v, err := s.Secrets.GetSecretValue(context.Background(), s.ID, "", label)
	if err != nil {
		t.Fatal(err)
	}
	return rotatortest.Member(v, key)
}

func TestSet(t *testing.T) {
	t.Parallel()
	api := newService(t)
	user := `a/../b?c=d#"é` // that would lead elsewhere
	api.passwords[user] = "first-Password"
	s := subject(t, api, rotatortest.NewSecrets(), passwords, map[string]any{"user": user, "password": "first-Password", "note": "kept"})
	for range 3 {
		old := api.passwords[user]
		s.Rotate()
		if now := member(t, s, secret.Current, "password"); now == old || api.passwords[user] != now || member(t, s, secret.Current, "note") != "kept" {
			t.Fatalf("AWSCURRENT is not in force")
		}
	}
	if len(s.Guard.Claimed) == 0 || len(s.Guard.Values) != 3 || !strings.Contains(s.Guard.Claimed[0].Account, user) {
		t.Errorf("claimed %v, sent %d", s.Guard.Claimed, len(s.Guard.Values))
	}
}

// TestSetResumes loses the answer, and the whole attempt.
func TestSetResumes(t *testing.T) {
	t.Parallel()
	api := newService(t)
	api.passwords["app"] = "first-Password"
	s := subject(t, api, rotatortest.NewSecrets(), passwords, map[string]any{"user": "app", "password": "first-Password"})
	api.after = func(r *http.Request) error {
		if r.Method == http.MethodPut {
			return errors.New("lost")
		}
		return nil
	}
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err != nil || s.Report.Changed.IsZero() {
		t.Errorf("%v, changed at %v", err, s.Report.Changed)
	}
	api.after, api.seen = nil, nil
	if err := s.Step(secret.SetSecret); err != nil || !s.Report.Changed.IsZero() {
		t.Errorf("%v, changed at %v", err, s.Report.Changed)
	}
	if len(api.seen) != 1 {
		t.Errorf("a retry asked %q: the pending credential comes first", api.seen)
	}
	s.Run(secret.TestSecret, secret.FinishSecret)
}

// TestSetAnotherAccount fills AWSPENDING with another user, whom nobody asked for.
func TestSetAnotherAccount(t *testing.T) {
	t.Parallel()
	api := newService(t)
	api.passwords["app"], api.passwords["victim"] = "first-Password", "victim-Password"
	s := subject(t, api, rotatortest.NewSecrets(), passwords, map[string]any{"user": "app", "password": "first-Password"})
	s.Begin()
	s.Fill(map[string]any{"user": "victim", "password": "stolen-Password"})
	if err := s.Step(secret.SetSecret); err == nil || !strings.HasPrefix(err.Error(), "Attempting to modify another account") {
		t.Errorf("%v", err)
	}
	if len(api.seen) > 0 || api.passwords["victim"] != "victim-Password" {
		t.Errorf("asked %q", api.seen)
	}
}

// TestCandidates: only a refusal leads to the next credential, and no credential
// is in an error, though the server repeats it.
func TestCandidates(t *testing.T) {
	t.Parallel()
	api := newService(t)
	api.passwords["app"] = "first-Password"
	s := subject(t, api, rotatortest.NewSecrets(), passwords, map[string]any{"user": "app", "password": "first-Password"})
	s.Write(map[string]any{"user": "app", "password": "never-In-Force"})
	s.Begin()
	s.Run(secret.CreateSecret)
	for status, want := range map[int]rotator.Reason{
		500: rotator.Broken, 503: rotator.NotReady, 429: rotator.LimitHit, 302: rotator.Broken, 404: rotator.Broken,
	} {
		api.seen = nil
		api.fail = func(*http.Request) int { return status }
		err := s.Step(secret.SetSecret)
		var failed *rotator.LoginError
		if !errors.As(err, &failed) || failed.Reason != want || len(api.seen) != 1 {
			t.Errorf("status %d: %v after %d requests", status, err, len(api.seen))
		}
		if err != nil && (strings.Contains(err.Error(), "Password") || strings.Contains(err.Error(), "Basic")) {
			t.Errorf("status %d: %v", status, err)
		}
	}
	api.fail = func(*http.Request) int { return http.StatusUnauthorized }
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "3 refused") {
		t.Errorf("%v", err)
	}
	api.fail = nil
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret) // the previous one is in force
}

func TestCreate(t *testing.T) {
	t.Parallel()
	for _, keep := range []string{"", `"keep": "next-rotation",`, `"keep": "finish",`} {
		api := newService(t)
		api.keys["key0"] = key{user: "app", token: "token-of-key-0-Secret"}
		api.keys["other"] = key{user: "app", token: "somebody-elses"}
		s := subject(t, api, rotatortest.NewSecrets(), strings.Replace(keys, "KEEP", keep, 1),
			map[string]any{"user": "app", "id": "key0", "token": "token-of-key-0-Secret"})
		for i := range 4 {
			s.Rotate()
			want := []string{"other", member(t, s, secret.Current, "id")}
			if !strings.Contains(keep, "finish") {
				want = append(want, member(t, s, secret.Previous, "id"))
			}
			var have []string
			for id := range api.keys {
				have = append(have, id)
			}
			slices.Sort(have)
			slices.Sort(want)
			if !slices.Equal(have, want) {
				t.Fatalf("%s after rotation %d: the keys %q, want %q", keep, i+1, have, want)
			}
		}
	}
}

// TestCreateCutOff loses the answer of create, in which the key was: the next
// attempt removes what nobody knows.
func TestCreateCutOff(t *testing.T) {
	t.Parallel()
	api := newService(t)
	api.keys["key0"] = key{user: "app", token: "token-of-key-0-Secret"}
	s := subject(t, api, rotatortest.NewSecrets(), strings.Replace(keys, "KEEP", "", 1),
		map[string]any{"user": "app", "id": "key0", "token": "token-of-key-0-Secret"})
	api.after = func(r *http.Request) error {
		if r.Method == http.MethodPost {
			return errors.New("lost")
		}
		return nil
	}
	s.Begin()
	if s.Step(secret.CreateSecret) == nil {
		t.Error("createSecret succeeded without an answer")
	}
	api.after = nil
	s.Run(rotatortest.Steps...)
	if len(api.keys) != 2 {
		t.Errorf("keys: %v", api.keys)
	}
	// A rotation that comes to nothing leaves a key too, which the next but one ends.
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Secrets.UpdateSecretVersionStage(context.Background(), s.ID, secret.Pending, "", s.Token); err != nil {
		t.Fatal(err)
	}
	s.Rotate()
	s.Rotate()
	if len(api.keys) != 2 {
		t.Errorf("keys: %v", api.keys)
	}
}

func TestSlots(t *testing.T) {
	t.Parallel()
	api := newService(t)
	api.slots["one"], api.slots["two"] = "slot-key-first", "slot-key-second"
	s := subject(t, api, rotatortest.NewSecrets(), slots, map[string]any{"slot": "one", "key": "slot-key-first"})
	if function(t, api, slots).Strategy != rotator.Alternating {
		t.Error("slots do not alternate")
	}
	for _, want := range []string{"two", "one", "two"} {
		inUse, old := member(t, s, secret.Current, "slot"), member(t, s, secret.Current, "key")
		s.Begin()
		for _, step := range rotatortest.Steps {
			s.Run(step)
			if api.slots[inUse] != old {
				t.Fatalf("%s ended the key in use", step)
			}
		}
		if slot := member(t, s, secret.Current, "slot"); slot != want || api.slots[slot] != member(t, s, secret.Current, "key") {
			t.Errorf("slot %s, want %s", slot, want)
		}
	}
}

// TestAdmin has an administrator make keys, for the account that the secret can
// use and for no other, and end those that Alberti made and no others.
func TestAdmin(t *testing.T) {
	t.Parallel()
	api := newService(t)
	api.passwords["admin"] = "admin-Password"
	api.keys["key0"] = key{user: "app", token: "token-of-key-0-Secret"}
	api.keys["victim"] = key{user: "app", token: "victim-token"}
	m := rotatortest.NewSecrets()
	admin, err := m.Add("admin", `{"name":"admin","password":"admin-Password"}`)
	if err != nil {
		t.Fatal(err)
	}
	description := strings.ReplaceAll(strings.Replace(keys, "KEEP", `"admin": "`+admin+`",`, 1),
		`"headers": {"Authorization": "Bearer {{.inForce.token}}"}`, `"basic": {"user": "{{.admin.name}}", "password": "{{.admin.password}}"}`)
	s := subject(t, api, m, description, map[string]any{"user": "app", "id": "victim", "token": "nothing"})
	s.Write(map[string]any{"user": "app", "id": "key0", "token": "token-of-key-0-Secret"})
	for range 3 {
		s.Rotate()
	}
	for id, want := range map[string]bool{"victim": true, "key0": true, "key1": false, "key2": true, "key3": true} {
		if _, ok := api.keys[id]; ok != want {
			t.Errorf("%s is there: %v, want %v", id, ok, want)
		}
	}
	s.Write(map[string]any{"user": "root", "id": "key3", "token": "token-of-key-3-Secret"})
	s.Begin()
	api.seen = nil
	var failed *rotator.LoginError
	if err := s.Step(secret.CreateSecret); !errors.As(err, &failed) || failed.Reason != rotator.Refused {
		t.Errorf("a key for another user: %v", err)
	}
	if slices.ContainsFunc(api.seen, func(q string) bool { return !strings.HasPrefix(q, "GET ") }) {
		t.Errorf("asked %q", api.seen)
	}
}

// TestDescriptions refuses what cannot work, when the server starts.
func TestDescriptions(t *testing.T) {
	t.Parallel()
	api := newService(t)
	change := func(description string, pairs ...string) string {
		return strings.NewReplacer(append(pairs, "KEEP", "")...).Replace(description)
	}
	for says, description := range map[string]string{
		"":                  change(keys),
		"unknown":           change(passwords, `"generate"`, `"unknown": 1, "generate"`),
		"no test request":   change(passwords, `"test"`, `"revoke"`),
		"a create or a set": `{"url": "URL", "requests": {"test": {"method": "GET", "path": "/"}}}`,
		"extracts nothing": change(keys, `"extract": {`, `"extract": {}, "headers": {"a":"b"}, "query": {`, `"headers": {"Authorization": "Bearer {{.inForce.token}}"},
			"expect": [201]`, `"expect": [201]`),
		"needs generate":            change(passwords, `"generate": "password",`, ``),
		"two values":                change(slots, `, "two"`, ``),
		"keep is":                   change(keys, `"ca": "ca.pem",`, `"keep": "ever",`),
		"not https":                 change(passwords, "URL", "http://api.example.com"),
		"url is not":                change(passwords, "URL", "https://user:password@api.example.com"),
		"needs a method and a path": change(passwords, `"path": "/me/`, `"path": "me/`),
		"unclosed action":           change(passwords, `/me/{{.value.user}}`, `/me/{{.value.user`),
		"no such file":              change(passwords, `ca.pem`, `none.pem`),
		"holds no PEM":              change(passwords, `ca.pem`, `Rotate.json`),
		"is not a duration":         change(passwords, `"ca": "ca.pem"`, `"timeout": "soon"`),
		"extracts something":        change(passwords, `"set": {`, `"set": {"extract": {"a": "/a"},`),
	} {
		_, err := httpapi.Load(api.describe("Rotate", description))
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", says, err)
		}
	}
	if _, err := httpapi.Load(api.describe("no name", passwords)); err == nil {
		t.Error("a function got a name that no ARN can have")
	}
	if _, err := httpapi.Load("/no/such/folder"); err == nil {
		t.Error("a folder that is not there has functions")
	}
}

// TestTrouble is what goes wrong on the way.
func TestTrouble(t *testing.T) {
	t.Parallel()
	api := newService(t)
	api.passwords["app"] = "first-Password"
	const shape = `"path": "/me/{{.value.user}}"`
	for name, c := range map[string]struct {
		replace, with, says string
	}{
		"no authority":         {`"ca": "ca.pem",`, ``, "TLS failed"},
		"another name":         {`"ca"`, `"serverName": "db.invalid", "ca"`, "TLS failed"},
		"redirected":           {shape, `"path": "/elsewhere"`, "status 302"},
		"a key that is absent": {shape, `"path": "/me/{{.value.name}}"`, ".value.name"},
		"a segment that leads": {shape, `"path": "/me/{{slice \"..\" 0}}"`, "leads elsewhere"},
		"an odd header":        {shape, shape + `, "headers": {"X": "{{.value.note}}"}`, "login failed"},
		"unknown host":         {"URL", "https://no-such-host.invalid", "host name unknown"},
	} {
		description := strings.Replace(passwords, c.replace, c.with, 1)
		s := subject(t, api, rotatortest.NewSecrets(), description, map[string]any{"user": "app", "password": "first-Password", "note": "odd\r\nX-Key: a"})
		s.Begin()
		s.Run(secret.CreateSecret)
		err := s.Step(secret.SetSecret)
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "first-Password") {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestLongAnswer refuses an answer without end.
func TestLongAnswer(t *testing.T) {
	t.Parallel()
	long, err := json.Marshal(strings.Repeat("x", 2<<20))
	if err != nil {
		t.Fatal(err)
	}
	api := newService(t)
	api.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(long) })
	s := subject(t, api, rotatortest.NewSecrets(), passwords, map[string]any{"user": "app", "password": "first-Password"})
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("%v", err)
	}
}
