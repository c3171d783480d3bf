package adtest_test

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/adtest"
)

func TestServer(t *testing.T) {
	s, err := adtest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	if _, err := s.AddUser("somebody", "first-Password-1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Kinit("somebody", "first-Password-1"); err != nil {
		t.Error(err)
	}
	if s.Kinit("somebody", "wrong-Password-1") == nil {
		t.Error("any password will do")
	}
	if err := s.Reset("somebody", "second-Password-2"); err != nil {
		t.Error(err)
	}
	if err := s.Kinit("somebody", "second-Password-2"); err != nil {
		t.Error(err)
	}
	if !strings.Contains(s.Log(), "somebody") {
		t.Error("the log does not tell of the user")
	}
}
