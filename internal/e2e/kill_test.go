package e2e_test

import (
	"testing"

	"github.com/alberti-dev/alberti/internal/pgproxy"
)

// failpoints are the moments of a rotation at which the runner can be killed,
// beside "started", which only a schedule comes past.
var failpoints = []string{
	"claimed",
	"invoke:createSecret", "invoked:createSecret", "saved:createSecret",
	"invoke:setSecret", "account claimed", "keeping", "kept", "invoked:setSecret", "saved:setSecret",
	"invoke:testSecret", "invoked:testSecret", "saved:testSecret",
	"invoke:finishSecret", "invoked:finishSecret",
	"concluded",
}

// TestKillAtEveryStep kills the server with SIGKILL at every boundary between
// two steps. Started again, it finishes the rotation with nobody's help.
func TestKillAtEveryStep(t *testing.T) {
	t.Parallel()
	for _, strategy := range strategies {
		for _, failpoint := range failpoints {
			t.Run(strategy.name+"/"+failpoint, func(t *testing.T) {
				t.Parallel()
				s := newServer(t)
				s.Failpoint = failpoint
				s.Start()
				r := s.newRotating(strategy)
				r.request(once) // its answer may be lost
				s.DiesBySIGKILL()
				resumes(t, r)
			})
		}
	}
}

// TestKillWhenScheduleStarts is the same for the moment in which the schedule
// has started a rotation.
func TestKillWhenScheduleStarts(t *testing.T) {
	t.Parallel()
	for _, strategy := range strategies {
		t.Run(strategy.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			r := s.newRotating(strategy)
			r.schedule()
			s.Stop()
			r.makeDue()
			s.Failpoint = "started"
			s.Launch() // it may be dead before it says where it listens
			s.DiesBySIGKILL()
			r.Token = r.pendingToken()
			resumes(t, r)
		})
	}
}

// resumes starts a server that was killed, and holds that its rotation succeeds:
// nothing is asked of it before that.
func resumes(t *testing.T, r *rotating) {
	t.Helper()
	r.s.Failpoint = ""
	r.s.Start()
	r.Succeeds()
	r.Rotated(r.First)
	wantTrail(t, r.s, r, "RotationStarted RotationSucceeded")
}

// TestKillInsideSetSecret kills the server while PostgreSQL changes the password:
// on either side of the statement, and of the commit.
func TestKillInsideSetSecret(t *testing.T) {
	t.Parallel()
	change := func(f pgproxy.Frame) bool { return f.Says("ALTER ROLE", "PASSWORD") }
	commit := func(f pgproxy.Frame) bool { return f.Says("commit") || f.Says("COMMIT") }
	for _, c := range []struct {
		name     string
		strategy strategy
		at       func(pgproxy.Frame) bool
		answered bool // the server did it, and its answer was lost
		applied  bool // the pending password is in force
	}{
		{"single/before the change", single, change, false, false},
		{"single/after the change", single, change, true, true},
		{"alternating/before the change", alternating, change, false, false},
		{"alternating/after the change", alternating, change, true, false}, // not committed
		{"alternating/before the commit", alternating, commit, false, false},
		{"alternating/after the commit", alternating, commit, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t)
			s := serve(t)
			r := s.rotatingFor(c.strategy, p.Via(newUser(t)), p.Via(administrator(t)))
			kill := s.process.Kill
			p.Watch(func(f pgproxy.Frame) pgproxy.Verdict {
				if c.at(f) {
					return pgproxy.Verdict{Fate: pgproxy.Lost, Answer: c.answered, Then: kill}
				}
				return pgproxy.Verdict{}
			})
			r.request(once)
			s.DiesBySIGKILL()
			p.Watch(nil)
			if c.strategy == single && c.applied {
				r.First.isRefused(t)
			} else {
				r.First.works(t)
			}
			resumes(t, r)
			if known := r.noted("the pending password is in force already"); known != c.applied {
				t.Errorf("found in force already: %v, want %v: %+v", known, c.applied, r.History().Steps)
			}
		})
	}
}

// noted tells whether setSecret left a note in the history.
func (r *rotating) noted(note string) bool {
	for _, step := range r.History().Steps {
		for _, n := range step.Notes {
			if step.Step == "setSecret" && n == note {
				return true
			}
		}
	}
	return false
}
