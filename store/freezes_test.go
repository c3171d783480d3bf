package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestFreezes keeps freezes, each in its account and region, until they are over.
func TestFreezes(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		now := start
		st := open(func() time.Time { return now })
		first := secret.Freeze{
			Account: "000000000000", Region: "eu-west-1", From: start.Add(2 * time.Hour), To: start.Add(4 * time.Hour),
			Match: "prod/*", Reason: "audit", Created: start, By: "arn:aws:iam::000000000000:root",
		}
		second := first
		second.Match, second.Tag, second.From = "", &secret.Tag{Key: "team"}, start.Add(time.Hour)
		other := first
		other.Region = "us-east-1"
		err := st.Update(t.Context(), func(tx *store.Tx) error {
			for _, f := range []*secret.Freeze{&first, &second, &other} {
				if err := tx.PutFreeze(f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		found := func() (out secret.Freezes) {
			t.Helper()
			if err := st.View(t.Context(), func(tx *store.Tx) (err error) {
				out, err = tx.FreezesOf(newSecret("s"))
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return out
		}
		if got, want := fmt.Sprintf("%+v %+v", *found()[0].Tag, found()[1]), fmt.Sprintf("%+v %+v", *second.Tag, first); got != want || len(found()) != 2 {
			t.Errorf("got %d: %s\nwant %s", len(found()), got, want)
		}
		remove := func(id int64) (there bool) {
			t.Helper()
			if err := st.Update(t.Context(), func(tx *store.Tx) (err error) {
				there, err = tx.DeleteFreeze("000000000000", "eu-west-1", id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return there
		}
		if remove(other.ID) {
			t.Error("removed a freeze of another region")
		}
		if !remove(second.ID) || remove(second.ID) || len(found()) != 1 {
			t.Errorf("after a removal: %+v", found())
		}
		now = first.To
		if left := found(); len(left) != 0 {
			t.Errorf("a freeze that is over is still there: %+v", left)
		}
	})
}

// TestWaitingJob follows a rotation that ran out of attempts until a person takes
// it up again.
func TestWaitingJob(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		key := startJob(t, st, "s").SecretKey
		unfinished := func() (job *secret.Job) {
			t.Helper()
			if err := st.View(t.Context(), func(tx *store.Tx) (err error) {
				job, err = tx.UnfinishedJob(key)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return job
		}
		save := func(lease string, change func(*store.Tx, *secret.Job) error) {
			t.Helper()
			if err := st.Update(t.Context(), func(tx *store.Tx) error {
				job, err := tx.UnfinishedJob(key)
				if err != nil {
					return err
				}
				if err := change(tx, job); err != nil {
					return err
				}
				return tx.SaveJob(job, lease)
			}); err != nil {
				t.Fatal(err)
			}
		}
		claim(t, st, "runner", start.Add(time.Hour))
		save("runner", func(_ *store.Tx, j *secret.Job) error { j.GiveUp("no", start); return nil })
		if job := unfinished(); job == nil || !job.Waiting() || claim(t, st, "runner", start.Add(time.Hour)) != nil {
			t.Fatalf("it does not wait: %+v", job)
		}
		save("", func(tx *store.Tx, j *secret.Job) error { j.TryAgain(start); return tx.ForgiveJob(j) })
		job := claim(t, st, "again", start.Add(time.Hour))
		if job == nil || job.Attempt != 2 || job.Forgiven != 1 || job.Token != "token-s" {
			t.Fatalf("taken up again: %+v", job)
		}
		save("again", func(_ *store.Tx, j *secret.Job) error { j.End(secret.Cancelled, start); return nil })
		if job := unfinished(); job != nil {
			t.Errorf("unfinished: %+v", job)
		}
	})
}

// TestTouched: the target may have the credential from setSecret on.
func TestTouched(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		for name, test := range map[string]struct {
			change func(*store.Tx, *secret.Job) error
			want   bool
		}{
			"new":              {func(*store.Tx, *secret.Job) error { return nil }, false},
			"cut off":          {func(_ *store.Tx, j *secret.Job) error { j.Step = secret.SetSecret; return nil }, true},
			"changed":          {func(_ *store.Tx, j *secret.Job) error { j.Changed = start; return nil }, true},
			"setSecret failed": {attempted(secret.SetSecret), false},
			"testSecret ran":   {attempted(secret.TestSecret), true},
			"finishSecret ran": {attempted(secret.FinishSecret), true},
		} {
			job := startJob(t, st, name)
			err := st.Update(t.Context(), func(tx *store.Tx) error {
				if err := test.change(tx, job); err != nil {
					return err
				}
				got, err := tx.Touched(job)
				if got != test.want {
					t.Errorf("%s: %v", name, got)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// attempted leaves an attempt in the history that failed in a step.
func attempted(step secret.Step) func(*store.Tx, *secret.Job) error {
	return func(tx *store.Tx, j *secret.Job) error {
		return tx.PutStep(secret.StepRecord{JobID: j.ID, Attempt: 1, Step: step, Started: start, Error: "no"})
	}
}
