package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/rabbittest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// Descriptions of a real product's API, RabbitMQ's for management: a user who
// gives itself a password, and two users whom an administrator renews in turns.
const (
	ownPassword = `{"url": "URL", "ca": "ca.pem", "generate": "password", "account": "{{.value.user}}", "requests": {
		"set": {"method": "PUT", "path": "/users/{{.value.user}}", "body": {"password": "{{.value.password}}", "tags": "administrator"},
			"basic": {"user": "{{.inForce.user}}", "password": "{{.inForce.password}}"}},
		"test": {"method": "GET", "path": "/whoami", "basic": {"user": "{{.value.user}}", "password": "{{.value.password}}"}}}}`

	twoUsers = `{"url": "URL", "ca": "ca.pem", "generate": "password", "admin": "ADMIN", "slots": {"key": "user", "values": ["turn one", "turn/two"]}, "requests": {
		"set": {"method": "PUT", "path": "/users/{{.value.user}}", "body": {"password": "{{.value.password}}", "tags": "management"},
			"basic": {"user": "{{.admin.user}}", "password": "{{.admin.password}}"}},
		"test": {"method": "GET", "path": "/whoami", "basic": {"user": "{{.value.user}}", "password": "{{.value.password}}"}}}}`
)

// product is a RabbitMQ that is described in a file.
type product struct{ *rabbittest.Server }

// TestProduct rotates users of a real product, as its API is described, over TLS.
func TestProduct(t *testing.T) {
	t.Parallel()
	server, err := rabbittest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Stop)
	p := product{server}
	t.Run("single user", p.single)
	t.Run("alternating users", p.alternating)
}

func (p product) single(t *testing.T) {
	const first = "first-Password-1"
	user := `a/../b?c=d#"é` // that would lead elsewhere
	p.put(t, user, first, "administrator")
	s := p.subject(t, rotatortest.NewSecrets(), ownPassword, map[string]any{"user": user, "password": first})
	for range 3 {
		old := member(t, s, secret.Current, "password")
		s.Rotate()
		p.holds(t, user, member(t, s, secret.Current, "password"), true)
		p.holds(t, user, old, false)
	}
	// AWSPENDING is taken off after the change: only the journal knows what is in force.
	s.Begin()
	s.Run(secret.CreateSecret, secret.SetSecret)
	if err := s.Secrets.UpdateSecretVersionStage(context.Background(), s.ID, secret.Pending, "", s.Token); err != nil {
		t.Fatal(err)
	}
	p.holds(t, user, member(t, s, secret.Current, "password"), false)
	s.Rotate()
	p.holds(t, user, member(t, s, secret.Current, "password"), true)
	// A value that was never in force, and no other that is known to be.
	p.put(t, user, "set-By-Hand-1", "administrator")
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), string(rotator.Refused)) {
		t.Errorf("without a password in force: %v", err)
	}
	p.holds(t, user, "set-By-Hand-1", true)
}

func (p product) alternating(t *testing.T) {
	const first = "first-Password-1"
	m := rotatortest.NewSecrets()
	admin, err := m.Add("admin", `{"user":"`+rabbittest.User+`","password":"`+p.Password+`"}`)
	if err != nil {
		t.Fatal(err)
	}
	p.put(t, "turn one", first, "management")
	p.put(t, "turn/two", "another-Password-1", "management")
	s := p.subject(t, m, strings.Replace(twoUsers, "ADMIN", admin, 1), map[string]any{"user": "turn one", "password": first})
	for _, want := range []string{"turn/two", "turn one", "turn/two"} {
		inUse, old := member(t, s, secret.Current, "user"), member(t, s, secret.Current, "password")
		s.Begin()
		for _, step := range rotatortest.Steps {
			s.Run(step)
			p.holds(t, inUse, old, true)
		}
		if now := member(t, s, secret.Current, "user"); now != want {
			t.Errorf("it is the turn of %s, want %s", now, want)
		}
		p.holds(t, want, member(t, s, secret.Current, "password"), true)
	}
}

// subject is a secret that is rotated by a description of the product.
func (p product) subject(t *testing.T, m *rotatortest.Secrets, description string, value map[string]any) *rotatortest.Subject {
	t.Helper()
	dir := describe(t, fmt.Sprintf("https://%s:%d/api", p.Host, p.Secured), p.CA, "Rotate", description)
	return rotated(t, loaded(t, dir), m, value)
}

// put makes a user, or gives it a password, past the function.
func (p product) put(t *testing.T, user, password, tags string) {
	t.Helper()
	body, err := json.Marshal(map[string]string{"password": password, "tags": tags})
	if err != nil {
		t.Fatal(err)
	}
	if status := p.ask(t, http.MethodPut, "/api/users/"+url.PathEscape(user), rabbittest.User, p.Password, body); status >= 300 {
		t.Fatalf("making %s: %d", user, status)
	}
}

// holds wants a password to be in force, or not to be.
func (p product) holds(t *testing.T, user, password string, want bool) {
	t.Helper()
	status := p.ask(t, http.MethodGet, "/api/whoami", user, password, nil)
	if got := status == http.StatusOK; got != want || !got && status != http.StatusUnauthorized {
		t.Errorf("%s logs in: %d, want %v", user, status, want)
	}
}

func (p product) ask(t *testing.T, method, path, user, password string, body []byte) (status int) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.URL()+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(user, password)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
