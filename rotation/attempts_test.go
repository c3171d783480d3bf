package rotation_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// down has every setSecret fail until it is mended.
func (s *stage) down() (mend func()) {
	mended := false
	s.fail = func(e rotation.Event) error {
		if e.Step == secret.SetSecret && !mended {
			return errors.New("login refused")
		}
		return nil
	}
	return func() { mended = true }
}

// TestAttemptsEnd: out of attempts, a rotation waits for a person, who goes on
// with its token.
func TestAttemptsEnd(t *testing.T) {
	for cause, begin := range map[secret.Cause]func(*stage){
		secret.ByRequest:  func(s *stage) { s.request("token") },
		secret.BySchedule: func(s *stage) { s.pass(time.Until(s.secret().Rotation.Due)) },
	} {
		t.Run(string(cause), func(t *testing.T) {
			onStage(t, schedule.Rules{AutomaticallyAfterDays: 10}, func(s *stage) {
				s.attempts = 3
				mend := s.down()
				begin(s)
				s.run(time.Hour)
				job := s.jobs()[0]
				if !job.Waiting() || job.Attempt != 3 || job.Error != "login refused" || job.Cause != cause {
					t.Fatalf("%+v", job)
				}
				sec := s.secret()
				if sec.Holder(secret.Pending).ID != job.Token || sec.Holder(secret.Current).ID != "first-version" || !sec.Rotation.LastRotated.IsZero() {
					t.Errorf("labels: %+v", sec.Versions)
				}
				failed := s.events("RotationFailed")
				if last := failed[len(failed)-1]; len(failed) != 3 || !strings.Contains(last, "attempt 3 was the last") || strings.Contains(failed[1], "the last") {
					t.Errorf("%d events, the last: %s", len(failed), last)
				}
				mend()
				s.retry()
				s.run(time.Hour)
				if again := s.jobs()[0]; again.State != secret.Succeeded || again.Attempt != 4 || len(s.tokens) != 1 || len(s.jobs()) != 1 {
					t.Errorf("taken up again: %+v, tokens %v", again, s.tokens)
				}
			})
		})
	}
}

// retry does what alberti rotation retry does.
func (s *stage) retry() {
	s.Helper()
	s.update(func(tx *store.Tx) error {
		job, err := tx.UnfinishedJob(s.key)
		if err != nil {
			return err
		}
		job.TryAgain(tx.Now())
		return errors.Join(tx.ForgiveJob(job), tx.SaveJob(job, job.Lease))
	})
}

// TestRetryIsAFreshAllowance, also one that is asked for while an attempt is
// under way, which knows nothing of it.
func TestRetryIsAFreshAllowance(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.attempts = 3
		asked := false
		s.fail = func(e rotation.Event) error {
			if len(s.invoked) == 3 && !asked { // the first step of the third attempt
				asked = true
				s.retry()
			}
			return errors.New("login refused")
		}
		s.request("token")
		s.run(time.Hour)
		if job := s.jobs()[0]; !job.Waiting() || job.Attempt != 5 || job.Forgiven != 2 {
			t.Errorf("%+v", job)
		}
	})
}

// TestFailedBlocksTheSchedule: while a rotation waits for a person no other is
// started, which is said once in each window. Then the schedule goes on.
func TestFailedBlocksTheSchedule(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 * * ? *)", Duration: "2h"}, func(s *stage) {
		s.attempts = 2
		mend := s.down()
		s.run(12 * time.Hour) // the window of the first day
		if job := s.jobs()[0]; !job.Waiting() {
			t.Fatalf("%+v", job)
		}
		s.events("")
		s.run(5 * day)
		failed := s.events("RotationFailed")
		if len(s.jobs()) != 1 || len(failed) != 5 {
			t.Fatalf("%d rotations, %d events in five windows", len(s.jobs()), len(failed))
		}
		if want := "Not started: the rotation before it failed and waits for alberti rotation retry"; !strings.Contains(failed[0], want) {
			t.Errorf("%s", failed[0])
		}
		mend()
		s.update(func(tx *store.Tx) error { // AWSPENDING is taken off
			sec, err := tx.SecretByKey(s.key)
			if err != nil {
				return err
			}
			job, err := tx.UnfinishedJob(s.key)
			if err != nil {
				return err
			}
			job.End(secret.Cancelled, tx.Now())
			if err := sec.Move(secret.Pending, job.Token, ""); err != nil {
				return err
			}
			return errors.Join(tx.SaveJob(job, ""), tx.PutSecret(sec))
		})
		s.run(day)
		if jobs := s.jobs(); len(jobs) != 2 || jobs[0].State != secret.Succeeded || jobs[0].Cause != secret.BySchedule {
			t.Errorf("the schedule does not go on: %+v", jobs)
		}
	})
}

// TestAttemptsOfManyWindows: attempts count over windows, and the pauses grow in
// each of them anew.
func TestAttemptsOfManyWindows(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 * * ? *)", Duration: "1h"}, func(s *stage) {
		s.attempts = 20
		s.down()
		s.run(30 * day)
		job := s.jobs()[0]
		if !job.Waiting() || job.Attempt != 20 || len(s.tokens) != 1 || len(s.jobs()) != 1 {
			t.Errorf("%+v, tokens %v", job, s.tokens)
		}
		if days := job.Ended.Sub(job.Started) / day; days < 2 || days > 6 {
			t.Errorf("it took %d days", days)
		}
	})
}

// TestAttemptMissesItsWindow: a server that was down when the window closed makes
// the attempt in the next.
func TestAttemptMissesItsWindow(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 * * ? *)", Duration: "4h"}, func(s *stage) {
		mend := s.down()
		due := s.secret().Rotation.Due
		s.run(time.Until(due) + 10*time.Second)
		if job := s.jobs()[0]; job.Attempt != 2 || !job.NextAttempt.Before(job.Window) {
			t.Fatalf("%+v", job)
		}
		mend()
		s.pass(5 * time.Hour) // nobody runs
		before := len(s.invoked)
		s.run(10 * time.Hour)
		if len(s.invoked) > before {
			t.Errorf("tried at an hour that nobody chose: %v", s.invoked[before:])
		}
		s.run(day)
		if job := s.jobs()[0]; job.State != secret.Succeeded || job.Attempt != 2 || job.Ended.Hour() < 8 || job.Ended.Hour() > 11 || len(s.tokens) != 1 {
			t.Errorf("%+v", job)
		}
	})
}

// TestNoValueIsNoFailure: a secret without a current value waits for one, whoever
// asks for its rotation.
func TestNoValueIsNoFailure(t *testing.T) {
	for cause, begin := range map[string]func(*stage){
		"asked for": func(s *stage) { s.request("token") },
		"scheduled": func(*stage) {},
	} {
		t.Run(cause, func(t *testing.T) {
			onStage(t, schedule.Rules{Expression: "rate(4 hours)"}, func(s *stage) {
				s.update(func(tx *store.Tx) error {
					sec, err := tx.SecretByKey(s.key)
					if err != nil {
						return err
					}
					sec.Versions = nil
					return tx.PutSecret(sec)
				})
				begin(s)
				s.run(2 * day)
				if len(s.invoked) > 0 || len(s.events("RotationFailed")) > 0 {
					t.Errorf("invoked %v, %v", s.invoked, s.jobs())
				}
				for _, job := range s.jobs() {
					if job.Attempt != 1 || job.State != secret.Running {
						t.Errorf("%+v", job)
					}
				}
			})
		})
	}
}

// TestAtOpening: without spreading, rotations start when their windows open.
func TestAtOpening(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "cron(0 8 ? * MON *)"}, func(s *stage) {
		s.update(func(tx *store.Tx) error {
			sec, err := tx.SecretByKey(s.key)
			if err != nil {
				return err
			}
			sec.Rotation.AtOpening = true
			return errors.Join(sec.Skip(tx.Now()), tx.PutSecret(sec))
		})
		s.run(3 * day)
		if job := s.jobs()[0]; !job.Started.Equal(time.Date(2000, 1, 3, 8, 0, 0, 0, time.UTC)) || job.State != secret.Succeeded {
			t.Errorf("%+v", job)
		}
	})
}

// TestUnconcludedBlocksTheSchedule: a function that fails for ever after it moved
// the label holds up its own secret, and nothing else.
func TestUnconcludedBlocksTheSchedule(t *testing.T) {
	onStage(t, schedule.Rules{Expression: "rate(4 hours)"}, func(s *stage) {
		s.fail = func(e rotation.Event) error {
			if e.Step != secret.FinishSecret {
				return nil
			}
			return errors.Join(s.promote(e), errors.New("and then it failed"))
		}
		s.attempts = 1000
		s.request("token")
		s.run(time.Minute)
		s.update(func(tx *store.Tx) error { // as a function does that writes AWSCURRENT itself
			sec, err := tx.SecretByKey(s.key)
			if err != nil {
				return err
			}
			return errors.Join(sec.Written(tx.Now()), tx.PutSecret(sec))
		})
		s.events("")
		s.run(6 * time.Hour)
		failed := s.events("RotationFailed")
		said := 0
		for _, e := range failed {
			if strings.Contains(e, "Not started: the rotation before it is not finished") {
				said++
			}
		}
		if len(s.jobs()) != 1 || said != 1 || s.jobs()[0].Attempt < 5 {
			t.Errorf("%d rotations, said %d times: %+v", len(s.jobs()), said, s.jobs()[0])
		}
	})
}
