package rotation_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const fourSteps = "createSecret setSecret testSecret finishSecret"

func TestRequestedRotation(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.request("token")
		s.run(time.Second)
		if got := strings.Join(s.invoked, " "); got != fourSteps {
			t.Errorf("invoked %s", got)
		}
		job := s.jobs()[0]
		if job.State != secret.Succeeded || job.Error != "" || s.secret().Holder(secret.Current).ID != "token" {
			t.Errorf("%+v", job)
		}
		if s.secret().Rotation.LastRotated.IsZero() {
			t.Error("no LastRotatedDate")
		}
	})
}

// TestScheduleFires lets forty-five days pass.
func TestScheduleFires(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "rate(10 days)"}, func(s *stage) {
		began := time.Now()
		s.run(45 * 24 * time.Hour)
		jobs := s.jobs()
		if len(jobs) != 4 {
			t.Fatalf("%d rotations in forty-five days", len(jobs))
		}
		last := began
		for i := len(jobs) - 1; i >= 0; i-- {
			j := jobs[i]
			if j.State != secret.Succeeded || j.Cause != secret.BySchedule {
				t.Errorf("%+v", j)
			}
			if days := j.Started.Truncate(24*time.Hour).Sub(last.Truncate(24*time.Hour)) / (24 * time.Hour); days != 10 {
				t.Errorf("rotated after %d days", days)
			}
			last = j.Started
		}
		next := s.secret().Rotation.Next()
		if want := last.UTC().Truncate(24*time.Hour).AddDate(0, 0, 11).Add(-time.Second); !next.Equal(want) {
			t.Errorf("NextRotationDate %v, want %v", next, want)
		}
	})
}

// TestFailureStopsAndIsRetried: nothing is invoked after a failed step, and the
// next attempt has the same token.
func TestFailureStopsAndIsRetried(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		failures := 3
		s.fail = func(e rotation.Event) error {
			if e.Step == secret.TestSecret && failures > 0 {
				failures--
				return errors.New("connection refused")
			}
			return nil
		}
		s.request("token")
		s.run(30 * time.Second)
		if got := strings.Join(s.invoked, " "); got != "createSecret setSecret testSecret" {
			t.Errorf("invoked %s", got)
		}
		job := s.jobs()[0]
		if job.State != secret.Running || job.Attempt != 2 || job.Error != "connection refused" || !s.secret().Rotation.LastRotated.IsZero() {
			t.Errorf("after a failure: %+v", job)
		}
		if pause := job.NextAttempt.Sub(job.Started); pause < 45*time.Second || pause > time.Minute {
			t.Errorf("tried again after %v", pause)
		}
		s.run(time.Hour)
		job = s.jobs()[0]
		if job.State != secret.Succeeded || job.Attempt != 4 || len(s.tokens) != 1 || job.Error != "" {
			t.Errorf("in the end: %+v, tokens %v", job, s.tokens)
		}
	})
}

// TestSuccessIsTrue: a function that did not move the label did not succeed,
// whatever it says.
func TestSuccessIsTrue(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.request("token")
		idle := rotation.New(rotation.Config{
			Store: s.store, Committed: func() {}, Log: slog.New(slog.DiscardHandler), Workers: 1,
			Lease: time.Minute, Step: time.Minute, Retry: time.Minute, Attempts: 50,
			Function: func(string) (rotation.Function, bool) { return doNothing{}, true },
		})
		ctx, cancel := context.WithTimeout(s.Context(), 10*time.Second)
		defer cancel()
		idle.Run(ctx)
		job := s.jobs()[0]
		if job.State != secret.Running || !strings.Contains(job.Error, "AWSCURRENT is not on version token") {
			t.Errorf("%+v", job)
		}
		if !s.secret().Rotation.LastRotated.IsZero() {
			t.Error("LastRotatedDate moved")
		}
	})
}

type doNothing struct{}

func (doNothing) Guarded() bool { return true }

func (doNothing) Invoke(context.Context, rotation.Event) error { return nil }

// TestCrashes has the worker vanish at every point there is: the rotation is
// taken up when the lease has run out, at the step where it was, with the token
// that it had.
func TestCrashes(t *testing.T) {
	points := []rotation.Point{"claimed", "concluded"}
	for _, step := range strings.Fields(fourSteps) {
		points = append(points, rotation.Point("invoke:"+step), rotation.Point("invoked:"+step))
		if step != "finishSecret" {
			points = append(points, rotation.Point("saved:"+step))
		}
	}
	for _, point := range points {
		t.Run(string(point), func(t *testing.T) {
			onStage(t, schedule.Rules{}, func(s *stage) {
				crashed := false
				s.reached = func(p rotation.Point) {
					if p == point && !crashed {
						crashed = true
						runtime.Goexit()
					}
				}
				s.request("token")
				s.run(2 * time.Minute)
				job := s.jobs()[0]
				if !crashed || job.State != secret.Succeeded || len(s.tokens) != 1 {
					t.Errorf("crashed %v, %+v, tokens %v", crashed, job, s.tokens)
				}
				if c := s.secret().Holder(secret.Current); c.ID != "token" {
					t.Errorf("AWSCURRENT on %s", c.ID)
				}
			})
		})
	}
}

// TestLateRunner pauses one runner in the middle of a step until another has
// finished the rotation.
func TestLateRunner(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.request("token")
		paused, released := make(chan struct{}), make(chan struct{})
		var once sync.Once
		var late error
		s.fail = func(e rotation.Event) error {
			first := false
			once.Do(func() { first = true })
			if first {
				close(paused)
				<-released
				late = s.promote(e)
				return late
			}
			return nil
		}
		var runners sync.WaitGroup
		ctx, stop := context.WithCancel(s.Context())
		runners.Go(func() { s.runner().Run(ctx) })
		<-paused
		// The store takes the lease away, as the clock would if the whole first
		// process stood still.
		s.update(func(tx *store.Tx) error { return tx.ReleaseLeases() })
		runners.Go(func() { s.runner().Run(ctx) })
		s.pass(10 * time.Second)
		if job := s.jobs()[0]; job.State != secret.Succeeded {
			t.Errorf("the second runner did not finish: %+v", job)
		}
		close(released)
		s.pass(time.Second)
		stop()
		runners.Wait()
		if late == nil || !strings.Contains(late.Error(), "not mine") {
			t.Errorf("the late runner could write: %v", late)
		}
	})
}

func TestTestRotation(t *testing.T) {
	for _, fails := range []bool{false, true} {
		t.Run(fmt.Sprint("fails=", fails), func(t *testing.T) {
			onStage(t, schedule.Rules{}, func(s *stage) {
				s.fail = func(rotation.Event) error {
					if fails {
						return errors.New("no")
					}
					return nil
				}
				s.update(func(tx *store.Tx) error {
					sec, err := tx.SecretByKey(s.key)
					if err != nil {
						return err
					}
					if err := sec.StartTest("token", tx.Now()); err != nil {
						return err
					}
					if err := tx.PutSecret(sec); err != nil {
						return err
					}
					return tx.PutJob(secret.NewTestJob(sec, "token", tx.Now()))
				})
				s.run(time.Hour)
				if got := strings.Join(s.invoked, " "); got != "testSecret" {
					t.Errorf("invoked %s", got)
				}
				sec, want := s.secret(), map[bool]secret.State{false: secret.Succeeded, true: secret.Failed}[fails]
				if job := s.jobs()[0]; job.State != want {
					t.Errorf("%+v", job)
				}
				if sec.Version("token") != nil || sec.Holder(secret.Current).ID != "first-version" || !sec.Rotation.LastRotated.IsZero() {
					t.Errorf("left behind: %+v", sec)
				}
			})
		})
	}
}

// TestMissedWindow: a server that was down for the whole window rotates in the
// next one, not at an hour that nobody chose.
func TestMissedWindow(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 ? * MON *)", Duration: "2h"}, func(s *stage) {
		due := s.secret().Rotation.Due
		s.pass(time.Until(due) + 5*time.Hour) // nobody runs
		s.run(time.Hour)
		if len(s.invoked) > 0 {
			t.Fatalf("invoked %v outside of the window", s.invoked)
		}
		s.run(7 * 24 * time.Hour)
		job := s.jobs()[0]
		if job.State != secret.Succeeded || job.Started.Weekday() != time.Monday || job.Started.Hour() < 8 || job.Started.Hour() > 9 {
			t.Errorf("%+v", job)
		}
	})
}

// TestRetriesStayInTheWindow: what the window is too short for goes on in the next.
func TestRetriesStayInTheWindow(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 * * ? *)", Duration: "1h"}, func(s *stage) {
		var hours []int
		s.fail = func(rotation.Event) error {
			hours = append(hours, time.Now().UTC().Hour())
			return errors.New("down")
		}
		s.run(3 * 24 * time.Hour)
		if len(hours) < 6 {
			t.Errorf("tried %d times in three days", len(hours))
		}
		for _, h := range hours {
			if h != 8 {
				t.Errorf("tried at %d o'clock", h)
			}
		}
	})
}
