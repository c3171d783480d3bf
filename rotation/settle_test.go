package rotation_test

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
	"github.com/alberti-dev/alberti/testclock"
)

// onClock is onStage with a clock that can be moved, and a runner that runs.
func onClock(t *testing.T, rules schedule.Rules, test func(s *stage, clock *testclock.Clock, move *testclock.Mover)) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		clock := testclock.New(time.Now)
		st, err := store.Open(t.Context(), store.Config{Where: filepath.Join(dir, "alberti.db"), Now: clock.Now})
		if err != nil {
			t.Fatal(err)
		}
		s := &stage{T: t, store: st, tokens: map[string]bool{}, fail: func(rotation.Event) error { return nil }}
		s.create(rules)
		runner := rotation.New(rotation.Config{
			Store: st, Committed: func() {}, Log: slog.New(slog.DiscardHandler), Hold: clock.Hold,
			Function: func(arn string) (rotation.Function, bool) { return s, arn == functionARN },
			Workers:  2, Lease: 30 * time.Second, Step: time.Hour, Retry: time.Minute, Attempts: 1000,
		})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { runner.Run(ctx) })
		test(s, clock, testclock.NewMover(clock, func(context.Context, time.Duration) error { return nil }, runner.Settle))
		stop()
		running.Wait()
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestAdvanceRotates: a year of a schedule takes no more time than its rotations.
func TestAdvanceRotates(t *testing.T) {
	onClock(t, schedule.Rules{Expression: "rate(10 days)"}, func(s *stage, clock *testclock.Clock, move *testclock.Mover) {
		began := time.Now()
		if err := move.Advance(s.Context(), 365*24*time.Hour); err != nil {
			s.Fatal(err)
		}
		jobs := s.jobs()
		if len(jobs) != 36 {
			s.Errorf("%d rotations in a year", len(jobs))
		}
		for _, j := range jobs {
			if j.State != secret.Succeeded || j.Attempt != 1 || j.Ended.After(clock.Now()) {
				s.Errorf("%+v", j)
			}
		}
		if took := time.Since(began); took > time.Minute {
			s.Errorf("it took %v", took)
		}
	})
}

// TestAdvanceWithFailures ends although a rotation fails for ever, with its
// attempts an hour apart at most.
func TestAdvanceWithFailures(t *testing.T) {
	onClock(t, schedule.Rules{}, func(s *stage, _ *testclock.Clock, move *testclock.Mover) {
		var failed []time.Time
		s.fail = func(rotation.Event) error {
			failed = append(failed, s.store.Now())
			return errors.New("down")
		}
		s.request("token")
		if err := move.Advance(s.Context(), 10*24*time.Hour); err != nil {
			s.Fatal(err)
		}
		if len(failed) < 240 || len(failed) > 240*4/3+10 {
			s.Errorf("%d attempts in ten days", len(failed))
		}
		for i := 1; i < len(failed); i++ {
			if pause := failed[i].Sub(failed[i-1]); pause > time.Hour+time.Minute || pause < 45*time.Second {
				s.Errorf("attempt %d came after %v", i, pause)
			}
		}
	})
}

// TestMoveWaitsForRotation: a rotation that takes longer than its lease keeps it,
// however far the clock is to be moved, and is not begun anew.
func TestMoveWaitsForRotation(t *testing.T) {
	onClock(t, schedule.Rules{}, func(s *stage, clock *testclock.Clock, move *testclock.Mover) {
		began := time.Now()
		s.fail = func(e rotation.Event) error {
			if e.Step == secret.SetSecret {
				s.pass(10 * time.Minute)
			}
			return nil
		}
		s.request("token")
		if err := move.Set(s.Context(), began.AddDate(0, 0, 90)); err != nil {
			s.Fatal(err)
		}
		if took := time.Since(began); took < 10*time.Minute {
			s.Errorf("the clock was moved after %v", took)
		}
		job := s.jobs()[0]
		if len(s.invoked) != 4 || job.State != secret.Succeeded || job.Ended.Sub(job.Started) > time.Hour {
			s.Errorf("invoked %v, %+v", s.invoked, job)
		}
	})
}

// TestRotationHoldsTheClock against a move that asks nobody whether it is idle: as
// when a rotation is asked for in the moment before.
func TestRotationHoldsTheClock(t *testing.T) {
	onClock(t, schedule.Rules{}, func(s *stage, clock *testclock.Clock, _ *testclock.Mover) {
		began := time.Now()
		s.fail = func(e rotation.Event) error {
			if e.Step == secret.SetSecret {
				s.pass(10 * time.Minute)
			}
			return nil
		}
		s.request("token")
		s.pass(2 * time.Minute) // by then the runner has found it
		bare := testclock.NewMover(clock, func(context.Context, time.Duration) error { return nil })
		if err := bare.Set(s.Context(), began.AddDate(0, 0, 90)); err != nil {
			s.Fatal(err)
		}
		job := s.jobs()[0]
		if len(s.invoked) != 4 || job.State != secret.Succeeded || job.Ended.Sub(job.Started) > time.Hour {
			s.Errorf("invoked %v, %+v", s.invoked, job)
		}
	})
}

// TestSettleGivesUp with who waits for it.
func TestSettleGivesUp(t *testing.T) {
	onClock(t, schedule.Rules{}, func(s *stage, _ *testclock.Clock, move *testclock.Mover) {
		release := make(chan struct{})
		s.fail = func(e rotation.Event) error { <-release; return nil }
		s.request("token")
		ctx, cancel := context.WithTimeout(s.Context(), 5*time.Second)
		defer cancel()
		if err := move.Advance(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
			s.Errorf("advanced: %v", err)
		}
		close(release)
		if err := move.Advance(s.Context(), time.Hour); err != nil || s.jobs()[0].State != secret.Succeeded {
			s.Errorf("%v, %+v", err, s.jobs()[0])
		}
	})
}

// TestSettleFails when the runner cannot work.
func TestSettleFails(t *testing.T) {
	onClock(t, schedule.Rules{}, func(s *stage, _ *testclock.Clock, move *testclock.Mover) {
		s.update(func(tx *store.Tx) error {
			sec, err := tx.SecretByKey(s.key)
			if err != nil {
				return err
			}
			sec.Rotation.Rules.Expression, sec.Rotation.Due = "never", tx.Now()
			return tx.PutSecret(sec)
		})
		if err := move.Advance(s.Context(), time.Hour); err == nil || errors.Is(err, context.DeadlineExceeded) {
			s.Errorf("advanced past what cannot be done: %v", err)
		}
	})
}
