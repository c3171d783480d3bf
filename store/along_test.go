package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestAlong: what an update takes along is committed with it, or is undone and
// leaves the update alone; and it is done once.
func TestAlong(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, open func(now func() time.Time) *store.Store) {
		st := open(fixed)
		add := func(name string) func(*store.Tx) error {
			return func(tx *store.Tx) error { return tx.PutSecret(newSecret(name)) }
		}
		failing := func(name string) func(*store.Tx) error {
			return func(tx *store.Tx) error { return errors.Join(add(name)(tx), errors.New("cannot be done")) }
		}
		for _, c := range []struct {
			name          string
			own, along    func(*store.Tx) error
			first, second bool // whether the update's own change is there, and the other
		}{
			{name: "both", own: add("both-own"), along: add("both-along"), first: true, second: true},
			{name: "not along", own: add("not-along-own"), along: failing("not-along-along"), first: true},
			{name: "refused along", own: add("refused-own"), along: add("refused-own"), first: true},
			{name: "neither", own: failing("neither-own"), along: add("neither-along")},
		} {
			told := 0
			ctx := store.Along(t.Context(), c.along, func() { told++ })
			if err := st.Update(ctx, c.own); (err == nil) != c.first {
				t.Errorf("%s: %v", c.name, err)
			}
			if want := map[bool]int{true: 1}[c.second]; told != want {
				t.Errorf("%s: told %d times, want %d", c.name, told, want)
			}
			if err := st.Update(ctx, add(c.name+" again")); err != nil {
				t.Errorf("%s: a second update does it once more: %v", c.name, err)
			}
		}
		for name, want := range map[string]bool{
			"both-own": true, "both-along": true, "not-along-own": true, "not-along-along": false, "refused-own": true,
			"neither-own": false, "neither-along": false, "neither again": true,
		} {
			if got := thereIs(t, st, name); got != want {
				t.Errorf("%s: there %v", name, got)
			}
		}
	})
}

func thereIs(t *testing.T, st *store.Store, name string) (there bool) {
	t.Helper()
	if err := st.View(t.Context(), func(tx *store.Tx) error {
		s, err := tx.Secret(secret.ID{Region: "eu-west-1", Account: "000000000000", Name: name})
		there = s != nil
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return there
}

// TestAlongIsOneCommit: that is what it is for.
func TestAlongIsOneCommit(t *testing.T) {
	t.Parallel()
	commits := 0
	st, err := store.Open(t.Context(), store.Config{Where: newFile(t), Now: fixed, Reached: func(p store.Point) {
		if p == store.Committed {
			commits++
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	nothing := func(*store.Tx) error { return nil }
	if err := st.Update(t.Context(), nothing); err != nil { // after what opening the store began
		t.Fatal(err)
	}
	before := commits
	if err := st.Update(store.Along(context.Background(), nothing, func() {}), nothing); err != nil || commits != before+1 {
		t.Errorf("%v, %d commits", err, commits-before)
	}
}
