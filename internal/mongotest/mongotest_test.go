package mongotest_test

import (
	"os"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/alberti-dev/alberti/internal/mongotest"
)

// A server checks passwords, and a stopped one leaves no file.
func TestServer(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	s, err := mongotest.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("a running server has %v in TMPDIR", left)
	}
	_, err = s.Run("shop", bson.D{{Key: "createUser", Value: "u"}, {Key: "pwd", Value: "right"}, {Key: "roles", Value: bson.A{}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		password, database string
		want               bool
	}{{"right", "shop", true}, {"wrong", "shop", false}, {"right", "admin", false}} {
		if err := s.CanLogin("u", c.password, c.database); (err == nil) != c.want {
			t.Errorf("%s in %s: %v", c.password, c.database, err)
		}
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
