package mysql_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// TestServerLog looks for passwords in the log of a server that logs all
// statements as they come.
func TestServerLog(t *testing.T) {
	t.Parallel()
	newUser(t, "logged", "log-First-1")
	newUser(t, "logged_pair", "log-First-2")
	execute(t, "CREATE USER logged_ed25519@'%' IDENTIFIED VIA ed25519 USING PASSWORD('log-First-3')")
	alone, pair, other := single(t, value("logged", "log-First-1")), alternating(t, value("logged_pair", "log-First-2")), alternating(t, value("logged_ed25519", "log-First-3"))
	for range 3 {
		for _, s := range []*rotatortest.Subject{alone, pair, other} {
			s.Rotate()
		}
	}
	log := server.Log()
	for _, mark := range []string{"SET PASSWORD = '*", "SET PASSWORD FOR 'logged_pair_clone'@'%' = '*", "CREATE USER 'logged_ed25519_clone'@'%' IDENTIFIED VIA `ed25519` USING '"} {
		if !strings.Contains(log, mark) {
			t.Errorf("the log has no %s: this test shows nothing", mark)
		}
	}
	passwords := []string{"log-First-", server.Password}
	for _, s := range []*rotatortest.Subject{alone, pair, other} {
		for _, label := range []string{secret.Previous, secret.Current} {
			_, password := s.Login(label)
			passwords = append(passwords, password)
		}
	}
	for _, password := range passwords {
		if at := strings.Index(log, password); at >= 0 {
			line, _, _ := strings.Cut(log[strings.LastIndex(log[:at], "\n")+1:], "\n")
			t.Errorf("the server's log holds a password: %s", line)
		}
	}
}
