package mysqltest_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/mysqltest"
)

// A server checks passwords, says that it is MySQL, and is gone when stopped.
func TestServer(t *testing.T) {
	s, err := mysqltest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	db := s.Open(s.User, s.Password)
	defer db.Close()
	var version string
	if err := db.QueryRow("SELECT VERSION()").Scan(&version); err != nil || !strings.HasPrefix(version, "8.0.") {
		t.Errorf("version %q, %v", version, err)
	}
	for user, password := range map[string]string{s.User: "wrong", "root": "", "": ""} {
		other := s.Open(user, password)
		if other.Ping() == nil {
			t.Errorf("%q logs in with the password %q", user, password)
		}
		other.Close()
	}
	for range 2 {
		s.Stop()
	}
	if db.Ping() == nil {
		t.Error("a stopped server answers")
	}
}
