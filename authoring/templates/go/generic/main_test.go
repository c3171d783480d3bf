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
	return rotatortest.New(t, rotatortest.NewSecrets(), "app", the, nil, value)
}

// TestRotates goes through a rotation, each step twice.
func TestRotates(t *testing.T) {
	s := subject(t, map[string]any{"password": "first-password"})
	s.Rotate()
	if _, password := s.Login(secret.Current); password == "" || password == "first-password" {
		t.Error("there is no new password")
	}
	if _, password := s.Login(secret.Previous); password != "first-password" {
		t.Error("AWSPREVIOUS is not the old value")
	}
}

// TestAccounts refuses values of accounts, until somebody tells those.
func TestAccounts(t *testing.T) {
	for _, key := range []string{"host", "username"} {
		s := subject(t, map[string]any{"password": "first-password", key: "x"})
		s.Begin()
		if err := s.Step(secret.CreateSecret); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("a value with a %s: %v", key, err)
		}
	}
}
