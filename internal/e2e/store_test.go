package e2e_test

import (
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
)

// newStore makes a database for servers to keep their secrets in, and gives its
// URL.
func newStore(t *testing.T) string {
	t.Helper()
	pg := database(t)
	name := "store_" + strings.ToLower(rand.Text()[:10])
	if err := pg.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return pg.DSN(pg.User, pg.Password, name)
}

// pair prepares two servers on one store.
func pair(t *testing.T, args ...string) (a, b *server) {
	t.Helper()
	args = append(args, "--root-key", filepath.Join(t.TempDir(), "root.key"), "--store", newStore(t))
	a, b = newServer(t, args...), newServer(t, args...)
	// On a busy machine a server may lose a lease of one second, and says so.
	a.mayErr, b.mayErr = true, true
	return a, b
}

func TestPostgreSQLStore(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	a.Start()
	b.Start()
	throughSDK(t, a)
	if got := value(t, b.Client(), "sdk/db"); got != "third" {
		t.Errorf("the other server has %q", got)
	}
	create(t, b.Client(), "from/b", "x")
	if got := value(t, a.Client(), "from/b"); got != "x" {
		t.Errorf("got %q", got)
	}
	r := a.newRotating(single)
	r.Rotate()
	r.SucceedsOn(a, b)
	r.Rotated(r.First)
	a.Stop()
	b.Restart()
	if got := value(t, b.Client(), "from/b"); got != "x" {
		t.Errorf("after a restart: %q", got)
	}
}

// SucceedsOn is Succeeds where either of two servers may have run the rotation.
func (r *rotating) SucceedsOn(servers ...*server) {
	r.s.t.Helper()
	eventually(r.s.t, r.Name+" succeeds", func() (bool, any) {
		var all []string
		for _, s := range servers {
			all = append(all, names(s.eventsOf(r.Token)))
		}
		return strings.Contains(strings.Join(all, " "), "RotationSucceeded"), all
	})
}

// TestTakeover kills the server that runs a rotation, and starts it no more: the
// other finishes it when the lease has run out.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for _, failpoint := range []string{"claimed", "invoked:createSecret", "invoke:setSecret", "invoked:setSecret", "invoked:finishSecret"} {
		t.Run(failpoint, func(t *testing.T) {
			t.Parallel()
			a, b := pair(t, "--rotation-lease", "1s")
			a.Failpoint = failpoint
			a.Start()
			r := a.newRotating(single)
			// The other starts only now, lest it claims the rotation first.
			r.request(once)
			a.DiesBySIGKILL()
			b.Start()
			r.s = b
			r.SucceedsOn(a, b)
			r.Rotated(r.First)
		})
	}
}

// TestTakeoverBesides is TestTakeover with both servers running from the start;
// whoever claims it, it succeeds.
func TestTakeoverBesides(t *testing.T) {
	t.Parallel()
	a, b := pair(t, "--rotation-lease", "1s")
	a.Failpoint = "invoked:setSecret"
	a.Start()
	b.Start()
	r := a.newRotating(alternating)
	before := r.First
	for tries := 1; ; tries++ {
		r.s = a
		r.request(once)
		r.s = b
		r.SucceedsOn(a, b)
		before = r.Rotated(before)
		if ended(a) {
			return
		}
		if tries == 10 {
			t.Fatal("the server to be killed never claimed a rotation")
		}
	}
}

func ended(s *server) bool {
	select {
	case <-s.process.Ended:
		return true
	default:
		return false
	}
}
