package postgres_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// TestServerLog looks for passwords in the log of a server that logs all
// statements, and those that failed once more.
func TestServerLog(t *testing.T) {
	t.Parallel()
	newRole(t, "logged", "log-First-1")
	newRole(t, "logged_pair", "log-First-2")
	newRole(t, "logged_readonly", "log-First-3")
	execute(t, "ALTER ROLE logged_readonly SET default_transaction_read_only = on")

	alone := single(t, value("logged", "log-First-1"))
	pair := alternating(t, value("logged_pair", "log-First-2"))
	failing := single(t, value("logged_readonly", "log-First-3"))
	for range 2 {
		alone.Rotate()
		pair.Rotate()
	}
	if err := set(failing); err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("setSecret in a read-only transaction: %v", err)
	}

	log := server.Log()
	for _, mark := range []string{`ALTER ROLE "logged" PASSWORD`, `ALTER ROLE "logged_pair_clone" LOGIN PASSWORD`, `STATEMENT:  ALTER ROLE "logged_readonly" PASSWORD`} {
		if !strings.Contains(log, mark) {
			t.Errorf("the log has no %s: this test shows nothing", mark)
		}
	}
	passwords := []string{"log-First-", server.Password}
	for _, s := range []*rotatortest.Subject{alone, pair, failing} {
		for _, label := range []string{secret.Previous, secret.Current, secret.Pending} {
			if _, password := s.Login(label); password != "" {
				passwords = append(passwords, password)
			}
		}
	}
	for _, password := range passwords {
		if at := strings.Index(log, password); at >= 0 {
			line, _, _ := strings.Cut(log[strings.LastIndex(log[:at], "\n")+1:], "\n")
			t.Errorf("the server's log holds a password: %s", line)
		}
	}
}
