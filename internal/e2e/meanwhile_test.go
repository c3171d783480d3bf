package e2e_test

import (
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// TestEditMeanwhile has a person edit a secret between the change in the database
// and the move of the label, not knowing of either: the edit is kept, and the
// secret logs in again by itself (rotation-functions.md, 16.10).
func TestEditMeanwhile(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	s := serve(t)
	r := s.rotatingFor(single, p.Via(newUser(t)), p.Via(administrator(t)))
	var changed atomic.Bool
	p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
		if f.Says("ALTER ROLE", "PASSWORD") {
			return pgproxy.Verdict{Answer: true, Then: func() { changed.Store(true) }}
		}
		if changed.Load() && f.Kind == pgproxy.Opening {
			return pgproxy.Verdict{Fate: pgproxy.Lost} // no testSecret
		}
		return pgproxy.Verdict{}
	})
	r.Rotate()
	r.Fails()
	r.First.isRefused(t)

	var edited map[string]any
	if err := json.Unmarshal([]byte(r.First.JSON()), &edited); err != nil {
		t.Fatal(err)
	}
	edited["note"] = "ask Ada"
	text, err := json.Marshal(edited)
	if err != nil {
		t.Fatal(err)
	}
	p.Watch(nil)
	put := string(text)
	if _, err := s.Client().PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: &r.Name, SecretString: &put}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the secret logs in again", func() (bool, any) {
		now := parse[struct {
			login
			Note string
		}](t, value(t, s.Client(), r.Name))
		if now.Note != "ask Ada" {
			t.Fatalf("the edit is gone: %+v", now)
		}
		err := database(t).CanLogin(t.Context(), now.User, now.Password, now.Database)
		return err == nil, err
	})
	if history := names(s.eventsOf(r.Token)); history != "RotationStarted RotationFailed RotationAbandoned" {
		t.Errorf("the trail says %s", history)
	}
}

// TestPausedRunner stops the server that runs a rotation at the moment when it
// tells the database, as a machine that hangs does, and has it wake up when
// another server has finished the rotation: it can change nothing any more.
func TestPausedRunner(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	a, b := pair(t, "--rotation-lease", "1s")
	a.Start()
	r := a.rotatingFor(single, p.Via(newUser(t)), p.Via(administrator(t)))
	var first atomic.Bool
	reached, release := make(chan bool, 1), make(chan bool)
	wake := sync.OnceFunc(func() { close(release) })
	t.Cleanup(wake)
	p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
		if f.Says("ALTER ROLE", "PASSWORD") && first.CompareAndSwap(false, true) {
			reached <- true
			<-release
		}
		return pgproxy.Verdict{}
	})
	r.Rotate()
	<-reached
	a.process.Signal(syscall.SIGSTOP)
	b.Start()
	r.s = b
	r.SucceedsOn(b)
	now := r.Rotated(r.First)

	wake() // the statement arrives after all, and sets what AWSPENDING held
	a.process.Signal(syscall.SIGCONT)
	eventually(t, "the paused server sees that it lost the rotation", func() (bool, any) {
		log := a.stderr.String()
		return strings.Contains(log, "rotation passed on") || strings.Contains(log, "rotation interrupted"), log
	})
	if after := parse[login](t, value(t, b.Client(), r.Name)); after != now {
		t.Errorf("AWSCURRENT is %+v, was %+v", after, now)
	}
	now.works(t)
	if all := names(append(a.eventsOf(r.Token), b.eventsOf(r.Token)...)); strings.Count(all, "RotationSucceeded") != 1 {
		t.Errorf("the trails say %s", all)
	}
}
