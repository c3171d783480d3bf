package rotation_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
)

// cutOff has the runner vanish in setSecret, once, on a secret that rotates by
// schedule, and gives the moment.
func (s *stage) cutOff() (at time.Time) {
	s.Helper()
	s.fail = func(e rotation.Event) error {
		if e.Step == secret.SetSecret && at.IsZero() {
			at = time.Now()
			runtime.Goexit()
		}
		return nil
	}
	s.run(time.Until(s.secret().Rotation.Due) + time.Second)
	if at.IsZero() {
		s.Fatal("setSecret was not invoked")
	}
	return at
}

// TestUnguardedCutOff: a function that asks no Guard may have changed its target
// as soon as setSecret was invoked. Cut off there, its rotation goes on in a
// freeze, and knows that the target may have heard of the value.
func TestUnguardedCutOff(t *testing.T) {
	for _, unguarded := range []bool{false, true} {
		onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
			s.unguarded = unguarded
			s.cutOff()
			if marked := s.secret().Unsettled(); marked != unguarded {
				t.Errorf("unguarded %t: marked as sent: %t", unguarded, marked)
			}
			s.freeze(time.Now(), time.Now().Add(3*day))
			s.invoked = nil
			again := false
			s.fail = func(e rotation.Event) error {
				again = again || e.Step == secret.SetSecret && e.Again
				return nil
			}
			s.run(day)
			job := s.jobs()[0]
			if ended := job.State == secret.Succeeded; ended != unguarded {
				t.Fatalf("unguarded %t, in the freeze: %+v", unguarded, job)
			}
			if got := strings.Join(s.invoked, " "); unguarded && (!again || got != "setSecret testSecret finishSecret") {
				t.Errorf("invoked %s, told of an earlier attempt: %t", got, again)
			}
			if s.secret().Unsettled() {
				t.Error("the mark stays")
			}
		})
	}
}

// TestUnguardedRecovers: where such a rotation is ended, another makes the secret
// one that logs in again, whoever's function it is by then.
func TestUnguardedRecovers(t *testing.T) {
	for _, unguarded := range []bool{false, true} {
		onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
			s.unguarded = true
			s.cutOff()
			s.pass(time.Minute) // its lease runs out
			s.byHand()
			if !s.secret().Unsettled() {
				t.Fatal("its value may be in force, and nobody knows")
			}
			s.unguarded = unguarded
			s.fail = func(e rotation.Event) error {
				if e.Step == secret.SetSecret && !unguarded {
					return errors.Join(e.Guard.Claim(s.Context(), account), e.Guard.Sending(s.Context(), secret.Text("new")))
				}
				return nil
			}
			s.run(time.Minute)
			if jobs := s.jobs(); len(jobs) != 2 || jobs[0].Cause != secret.ByRecovery || jobs[0].State != secret.Succeeded || s.secret().Unsettled() {
				t.Errorf("unguarded %t: %+v, unsettled %t", unguarded, jobs[0], s.secret().Unsettled())
			}
		})
	}
}

// TestUnguardedIsWaitedFor: a function that asks no Guard goes on for a moment
// when its rotation is ended by somebody else. What it sets then must not come
// after what the rotation that recovers the secret sets.
func TestUnguardedIsWaitedFor(t *testing.T) {
	onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
		s.unguarded = true
		var order []string
		r := s.runner()
		s.fail = func(e rotation.Event) error {
			if e.Step != secret.SetSecret {
				return nil
			}
			if len(order) > 0 {
				order = append(order, "recovery sets")
				return nil
			}
			order = append(order, "begins")
			s.byHand()
			r.Wake()                // as who writes does
			s.pass(9 * time.Second) // the runner looks after its lease every 10
			order = append(order, "sets")
			return nil
		}
		s.request("token")
		ctx, cancel := context.WithTimeout(s.Context(), 2*time.Minute)
		defer cancel()
		if err := r.Run(ctx); err != nil {
			s.Error(err)
		}
		if got := strings.Join(order, ", "); got != "begins, sets, recovery sets" {
			t.Errorf("the target heard: %s", got)
		}
		if jobs := s.jobs(); len(jobs) != 2 || jobs[0].Cause != secret.ByRecovery || jobs[0].State != secret.Succeeded {
			t.Errorf("%+v", jobs[0])
		}
	})
}
