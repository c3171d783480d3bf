package main

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// subject is a secret in memory that the function rotates.
func subject(t *testing.T, value map[string]any) *rotatortest.Subject {
	t.Helper()
	the := func(_ rotator.Engine, c rotator.Config) contract.Function { return function(c) }
	s := rotatortest.New(t, rotatortest.NewSecrets(), "app", the, nil, value)
	s.Begin()
	return s
}

// TestServerDown wants AWSCURRENT to stay as it is while the server cannot be
// reached, and the new password to wait.
func TestServerDown(t *testing.T) {
	s := subject(t, map[string]any{
		"engine": "mariadb", "host": "127.0.0.1", "port": 1, "username": "app", "password": "first-password",
	})
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("setSecret: %v", err)
	}
	if _, password := s.Login(secret.Current); password != "first-password" {
		t.Error("AWSCURRENT has changed")
	}
	if user, password := s.Login(secret.Pending); user != "app" || password == "" || password == "first-password" {
		t.Error("the new password is not there")
	}
}

// TestOtherEngine refuses a secret that is not for this function.
func TestOtherEngine(t *testing.T) {
	s := subject(t, map[string]any{"engine": "oracle", "host": "127.0.0.1", "username": "app", "password": "first-password"})
	if err := s.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), "oracle") {
		t.Errorf("createSecret: %v", err)
	}
}
