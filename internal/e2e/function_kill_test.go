package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// TestKillWhileFunctionRuns kills the server while a function is in the midst of a
// step, whose work it has done and not told. No process of the function survives
// the server; started again, this finishes the rotation with nobody's help.
func TestKillWhileFunctionRuns(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"createSecret", "setSecret", "testSecret", "finishSecret"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			g := newGate(t)
			in := pythonFunction(t, "testdata/functions/gated")
			in.Handler = aws.String("gated.handler")
			in.Environment = g.variables()
			seconds := fmt.Sprintf("86400.%09d", rand.IntN(1e9)) // a child that is known by its arguments
			in.Environment.Variables["SECONDS"] = seconds
			r := s.rotatingBy(s.author().bring("gated", in), newUser(t))
			r.Rotate()
			g.until(t, "/"+step)
			// It has begun by now, but shows its arguments a moment later.
			eventually(t, "the function's child", func() (bool, any) { return len(processesWith("sleep\x00"+seconds)) > 0, nil })
			s.Kill()
			nothingLeft(t, seconds)
			if step == "createSecret" {
				r.First.works(t)
			} else {
				r.First.isRefused(t)
			}
			close(g.pass) // the gate stays open
			s.Start()
			r.Succeeds()
			r.Rotated(r.First)
			wantTrail(t, s, r, "RotationStarted RotationSucceeded")
			s.Stop()
			nothingLeft(t, seconds)
		})
	}
}

// nothingLeft waits until the kernel has ended the children of a function.
func nothingLeft(t *testing.T, seconds string) {
	t.Helper()
	eventually(t, "its processes end", func() (bool, any) {
		left := processesWith("sleep\x00" + seconds)
		return len(left) == 0, left
	})
}

// TestStopWhileFunctionRuns: a function that does not come to its end does not hold
// the server up, ends with it, and its step is done again after the next start.
func TestStopWhileFunctionRuns(t *testing.T) {
	t.Parallel()
	s, g := serve(t), newGate(t)
	in := pythonFunction(t, "testdata/functions/gated")
	in.Handler, in.Environment = aws.String("gated.handler"), g.variables()
	seconds := fmt.Sprintf("86400.%09d", rand.IntN(1e9))
	in.Environment.Variables["SECONDS"] = seconds
	r := s.rotatingBy(s.author().bring("gated", in), newUser(t))
	r.Rotate()
	g.until(t, "/setSecret")
	s.mayErr = true // it says that the rotation was interrupted
	s.Stop()
	nothingLeft(t, seconds)
	close(g.pass)
	s.Start()
	r.Succeeds()
	r.Rotated(r.First)
}

// ofGuarded are the failpoints that only functions come past which ask before they
// change a target.
var ofGuarded = []string{"account claimed", "keeping", "kept"}

// TestKillAroundFunction is TestKillAtEveryStep for a function that was brought.
func TestKillAroundFunction(t *testing.T) {
	t.Parallel()
	for _, failpoint := range failpoints {
		if slices.Contains(ofGuarded, failpoint) {
			continue
		}
		t.Run(failpoint, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.Failpoint = failpoint
			s.Start()
			r := s.rotatingBy(s.author().bring("rotate", goFunction(t)), newUser(t))
			r.request(once) // its answer may be lost
			s.DiesBySIGKILL()
			resumes(t, r)
		})
	}
}
