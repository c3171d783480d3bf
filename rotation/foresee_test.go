package rotation_test

import (
	"errors"
	"runtime"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// write is a write of createSecret for which the account was foreseen.
func (s *stage) write(e rotation.Event) error {
	return s.store.Update(e.Guard.Foresee(s.Context(), account), func(*store.Tx) error { return nil })
}

// claims counts how often an account was claimed.
func (s *stage) claims() (n *int) {
	n = new(int)
	s.reached = func(p rotation.Point) {
		if p == "account claimed" {
			*n++
		}
	}
	return n
}

// TestForeseen has createSecret claim the account with its write: the row says at
// once what Claim would have it say, and Claim writes nothing more.
func TestForeseen(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		claims := s.claims()
		s.fail = func(e rotation.Event) error {
			switch e.Step {
			case secret.CreateSecret:
				err := s.write(e)
				if job := s.jobs()[0]; err != nil || job.Step != secret.SetSecret || job.Account != rotation.Hashed(account.Account) || !s.secret().Unsettled() {
					t.Errorf("after the write: %v, %+v, marked %v", err, job, s.secret().Unsettled())
				}
			case secret.SetSecret:
				return errors.Join(e.Guard.Claim(s.Context(), account), e.Guard.Sending(s.Context(), secret.Text("new")))
			case secret.TestSecret: // as where a password is put back: the lease is to be looked at again
				return e.Guard.Claim(s.Context(), account)
			}
			return nil
		}
		s.request("token")
		s.run(10 * time.Second)
		if job := s.jobs()[0]; job.State != secret.Succeeded || job.Account != "" || s.secret().Unsettled() || *claims != 2 {
			t.Errorf("%+v, marked %v, %d claims", job, s.secret().Unsettled(), *claims)
		}
	})
}

// TestForeseenAndTaken: the write stands, and the rotation waits as others do.
func TestForeseenAndTaken(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.perHost = 9
		s.anotherAt(account)
		s.fail = func(e rotation.Event) error {
			if e.Token != "token" {
				return nil
			}
			switch e.Step {
			case secret.CreateSecret:
				return s.write(e)
			case secret.SetSecret:
				return e.Guard.Claim(s.Context(), account)
			}
			return nil
		}
		s.request("token")
		s.run(10 * time.Second)
		if job := s.jobs()[0]; job.State != secret.Running || job.Attempt != 1 || job.Step != secret.CreateSecret || s.secret().Unsettled() {
			t.Errorf("while the other is at work: %+v, marked %v", job, s.secret().Unsettled())
		}
		s.run(time.Minute) // the other's lease runs out
		if job := s.jobs()[0]; job.State != secret.Succeeded || job.Attempt != 1 {
			t.Errorf("in the end: %+v", job)
		}
	})
}

// TestForeseenInVain: what was not sent is not marked as sent when createSecret fails
// after its write, and the account is free.
func TestForeseenInVain(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		s.fail = func(e rotation.Event) error { return errors.Join(s.write(e), errors.New("no more")) }
		s.request("token")
		s.run(10 * time.Second)
		if job := s.jobs()[0]; job.Attempt != 2 || job.Account != "" || s.secret().Unsettled() {
			t.Errorf("%+v, marked %v", job, s.secret().Unsettled())
		}
	})
}

// TestForeseenAndKilled: who takes the rotation up looks for the new password first,
// and the history has the step that was done.
func TestForeseenAndKilled(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		killed, again := false, false
		s.reached = func(p rotation.Point) {
			if p == "account claimed" && !killed {
				killed = true
				runtime.Goexit()
			}
		}
		s.fail = func(e rotation.Event) error {
			if e.Step == secret.CreateSecret {
				return s.write(e)
			}
			again = again || e.Step == secret.SetSecret && e.Again
			return nil
		}
		s.request("token")
		s.run(2 * time.Minute)
		job := s.jobs()[0]
		var steps []secret.StepRecord
		if err := s.store.View(s.Context(), func(tx *store.Tx) (err error) {
			steps, err = tx.Steps(job.ID)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !killed || !again || job.State != secret.Succeeded || job.Attempt != 1 || len(steps) != 4 || steps[0].Step != secret.CreateSecret {
			t.Errorf("killed %v, again %v, %+v, history %+v", killed, again, job, steps)
		}
	})
}
