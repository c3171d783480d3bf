package main

import (
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// service is a service with one account.
type service struct {
	password string
	status   int // 0 is 200
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); user != "app" || password != s.password || r.URL.Path != path {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var change struct {
		Current string `json:"current_password"`
		New     string `json:"password"`
	}
	if json.NewDecoder(r.Body).Decode(&change) == nil && r.Method == http.MethodPut && change.Current == s.password {
		s.password = change.New
	}
	if s.status != 0 {
		w.Header().Set("Location", "http://127.0.0.1:1/")
		w.WriteHeader(s.status)
	}
}

// subject is a secret in memory, of the account of a service that speaks TLS.
func subject(t *testing.T, s *service) *rotatortest.Subject {
	t.Helper()
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	the := func(_ rotator.Engine, c rotator.Config) contract.Function { return function(c) }
	return rotatortest.New(t, rotatortest.NewSecrets(), "app", the, nil, map[string]any{
		"host": at.Hostname(), "port": at.Port(), "username": "app", "password": s.password, "sslrootcert": string(authority),
	})
}

// TestRotates goes through a rotation, each step twice.
func TestRotates(t *testing.T) {
	s := &service{password: "first-password"}
	rotated := subject(t, s)
	rotated.Rotate()
	if _, password := rotated.Login(secret.Current); password != s.password || password == "first-password" {
		t.Error("AWSCURRENT is not what the service has")
	}
}

// TestRestored logs in to a service that was restored from a backup.
func TestRestored(t *testing.T) {
	s := &service{password: "first-password"}
	rotated := subject(t, s)
	rotated.Rotate()
	s.password = "first-password"
	rotated.Rotate()
	if _, password := rotated.Login(secret.Current); password != s.password {
		t.Error("AWSCURRENT is not what the service has")
	}
}

// TestOnly401Refuses wants no other answer to be taken for a wrong password.
func TestOnly401Refuses(t *testing.T) {
	for _, status := range []int{http.StatusTemporaryRedirect, http.StatusForbidden, http.StatusInternalServerError} {
		rotated := subject(t, &service{"first-password", status})
		rotated.Begin()
		rotated.Run(secret.CreateSecret)
		var login *rotator.LoginError
		if err := rotated.Step(secret.SetSecret); !errors.As(err, &login) || login.Reason != rotator.Broken {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// TestVerifies wants nothing said to a server whose certificate nobody vouches for.
func TestVerifies(t *testing.T) {
	s := &service{password: "first-password"}
	rotated := subject(t, s)
	rotated.Change("sslrootcert", "")
	rotated.Begin()
	rotated.Run(secret.CreateSecret)
	if err := rotated.Step(secret.SetSecret); err == nil || s.password != "first-password" {
		t.Errorf("setSecret: %v", err)
	}
}
