package mariadbtest_test

import (
	"os"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/mariadbtest"
)

// A server runs, logs what it is sent, lets in whom it should, and leaves
// nothing behind.
func TestStart(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := mariadbtest.Start(t.Context(), mariadbtest.Options{TLS: true})
	if err != nil {
		t.Fatal(err)
	}
	db := s.Open(s.User, s.Password)
	var one int
	if err := db.QueryRow("SELECT 1 -- a mark").Scan(&one); err != nil || one != 1 {
		t.Errorf("select: %d, %v", one, err)
	}
	db.Close()
	if log := s.Log(); !strings.Contains(log, "a mark") || strings.Contains(log, s.Password) {
		t.Errorf("the log lacks the statement, or has the administrator's password:\n%s", log)
	}
	for _, user := range []string{s.User, "root", ""} {
		db := s.Open(user, "wrong")
		if db.Ping() == nil {
			t.Errorf("%q logs in with any password", user)
		}
		db.Close()
	}
	for range 2 {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestBrokenSettings(t *testing.T) {
	_, err := mariadbtest.Start(t.Context(), mariadbtest.Options{Settings: []string{"no-such-thing=1"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-thing") {
		t.Errorf("the error does not show the log: %v", err)
	}
}
