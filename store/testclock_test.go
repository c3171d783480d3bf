package store_test

import (
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

func TestClockAhead(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		for _, want := range []time.Duration{0, 90 * 24 * time.Hour, 90*24*time.Hour + 1} {
			err := st.Update(t.Context(), func(tx *store.Tx) error {
				if want == 0 {
					return nil // never set
				}
				return tx.SetClockAhead(want)
			})
			if err != nil {
				t.Fatal(err)
			}
			err = st.View(t.Context(), func(tx *store.Tx) error {
				got, err := tx.ClockAhead()
				if got != want {
					t.Errorf("%v ahead, want %v", got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestTally counts from a mark on, and nothing from before.
func TestTally(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		clock := start
		st := open(func() time.Time { return clock })
		one, two, three := newSecret("one"), newSecret("two"), newSecret("three")
		for _, s := range []*secret.Secret{one, two, three} {
			put(t, st, s, "v")
		}
		rotate := func(s *secret.Secret, token string, test, failed bool) {
			t.Helper()
			err := st.Update(t.Context(), func(tx *store.Tx) error {
				job := secret.NewJob(s, token, secret.ByRequest, tx.Now())
				job.Test = test
				if err := tx.PutJob(job); err != nil {
					return err
				}
				step := secret.StepRecord{JobID: job.ID, Attempt: 1, Step: secret.CreateSecret, Started: tx.Now()}
				if failed {
					step.Error = "down"
				} else {
					job.End(secret.Succeeded, tx.Now())
				}
				if err := tx.PutStep(step); err != nil {
					return err
				}
				return tx.SaveJob(job, "")
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		rotate(one, "before", false, false)
		clock = start.Add(time.Hour)
		var from store.Mark
		view := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := st.View(t.Context(), fn); err != nil {
				t.Fatal(err)
			}
		}
		view(func(tx *store.Tx) (err error) { from, err = tx.Mark(); return err })
		rotate(one, "after", false, false)
		rotate(one, "again", false, false)
		rotate(one, "test", true, false)
		rotate(two, "fails", false, true)
		put(t, st, newSecret("four"), "v")
		if err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteSecret(three) }); err != nil {
			t.Fatal(err)
		}
		view(func(tx *store.Tx) error {
			got, err := tx.Since(from)
			if want := (store.Tally{Started: 3, Succeeded: 2, Failed: 1, Removed: 1}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
			return err
		})
	})
}
