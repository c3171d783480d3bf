package postgres_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator/postgres"
	"github.com/alberti-dev/alberti/secret"
)

// TestHashing sets a password that was hashed before the login, and no other one
// for it.
func TestHashing(t *testing.T) {
	t.Parallel()
	newRole(t, "hashing", "first")
	engine, wait := postgres.Engine{}.Hashing(secret.Text("hashed"))
	defer wait()
	session, err := engine.Login(t.Context(), credential("hashing", "first"), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, password := range []string{"another", "hashed"} {
		if err := session.SetPassword(t.Context(), "hashing", secret.Text(password)); err != nil {
			t.Fatal(err)
		}
		accepts(t, "hashing", password)
	}
}

// TestIterations hashes a password as often as the server wants it, from the first
// release on in which it says so.
func TestIterations(t *testing.T) {
	t.Parallel()
	newRole(t, "iterations", "right")
	want := "4096"
	if release, err := strconv.Atoi(query(t, "SHOW server_version_num")); err != nil {
		t.Fatal(err)
	} else if release >= 160000 {
		want = "5000"
		execute(t, "ALTER ROLE iterations SET scram_iterations = "+want)
	}
	s := single(t, value("iterations", "right"))
	s.Rotate()
	_, password := s.Login(secret.Current)
	accepts(t, "iterations", password)
	if stored := query(t, "SELECT rolpassword FROM pg_authid WHERE rolname = 'iterations'"); !strings.HasPrefix(stored, "SCRAM-SHA-256$"+want+":") {
		t.Errorf("stored: %s", stored)
	}
}
