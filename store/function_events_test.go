package store_test

import (
	"testing"
	"time"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// TestEvents: a worker has an event alone until its lease is over, and what it
// says after that does not count.
func TestEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		now := start
		st := open(func() time.Time { return now })
		f := newFunction("f")
		putFunction(t, st, f, "one")
		within(t, st, func(tx *store.Tx) error {
			for _, id := range []string{"a", "b"} {
				if err := tx.PutEvent(store.Event{Function: f.Key, Qualifier: "1", RequestID: id, Payload: sealed(id)}); err != nil {
					return err
				}
			}
			return nil
		})
		claim := func(lease string) (got []store.Event) {
			t.Helper()
			within(t, st, func(tx *store.Tx) (err error) {
				got, err = tx.ClaimEvents(lease, tx.Now().Add(time.Hour), 1)
				return err
			})
			return got
		}
		next := func() (at time.Time) {
			t.Helper()
			within(t, st, func(tx *store.Tx) (err error) {
				at, err = tx.NextEvent()
				return err
			})
			return at
		}
		first, second := claim("w1"), claim("w2")
		if len(first) != 1 || len(second) != 1 || len(claim("w3")) != 0 || first[0].RequestID != "a" || second[0].RequestID != "b" ||
			first[0].Qualifier != "1" || string(first[0].Payload.Ciphertext) != "ca" || !first[0].Queued.Equal(start) {
			t.Fatalf("%+v, %+v", first, second)
		}
		if !next().Equal(start.Add(time.Hour)) {
			t.Errorf("next at %v", next())
		}
		within(t, st, func(tx *store.Tx) error {
			if err := tx.DeleteEvent(second[0], "w1"); err != nil { // not w1's
				return err
			}
			e := first[0]
			e.Attempt, e.Due = 1, start.Add(time.Minute)
			return tx.RetryEvent(e, "w1")
		})
		if !next().Equal(start.Add(time.Minute)) || len(claim("w1")) != 0 {
			t.Errorf("given back, and next at %v", next())
		}
		now = start.Add(time.Minute)
		if got := claim("w1"); len(got) != 1 || got[0].Attempt != 1 {
			t.Errorf("due again: %+v", got)
		}
		now = start.Add(time.Hour)
		taken := claim("w3") // whose lease is over first
		if len(taken) != 1 || taken[0].RequestID != "b" {
			t.Fatalf("%+v", taken)
		}
		within(t, st, func(tx *store.Tx) error { return tx.DeleteEvent(second[0], "w2") })
		within(t, st, func(tx *store.Tx) error { return tx.ReleaseEvents() })
		if len(claim("w4"))+len(claim("w4")) != 2 {
			t.Error("a worker removed what it no longer had, or not all leases ended")
		}
		within(t, st, func(tx *store.Tx) error {
			found, err := tx.FunctionByKey(f.Key)
			if err == nil && (found == nil || found.Name != "f") {
				t.Errorf("found %+v", found)
			}
			if err != nil {
				return err
			}
			return tx.DeleteFunction(f)
		})
		if !next().IsZero() {
			t.Error("events of a deleted function are still there")
		}
		within(t, st, func(tx *store.Tx) error {
			found, err := tx.FunctionByKey(f.Key)
			if found != nil {
				t.Errorf("found %+v", found)
			}
			return err
		})
	})
}

// TestLayersAreRead by account, region, name and number.
func TestLayersAreRead(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		within(t, open(fixed), func(tx *store.Tx) error {
			ref := function.LayerRef{Region: "eu-west-1", Account: "000000000000", Name: "l", Number: 1}
			_, there, err := tx.LayerCode(ref)
			statements, statementsErr := tx.LayerStatements(ref)
			if there || err != nil || statements != nil || statementsErr != nil {
				t.Errorf("%v, %v, %v, %v", there, err, statements, statementsErr)
			}
			return nil
		})
	})
}
