package store_test

import (
	"slices"
	"testing"

	"github.com/alberti-dev/alberti/store"
)

// TestReached wants the points to be where they say: a change is to be seen by
// others after its commit, and not before.
func TestReached(t *testing.T) {
	for name, where := range map[string]func(*testing.T) string{"sqlite": newFile, "postgres": newDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSecret("app/db")
			var st *store.Store
			var heard []store.Point
			seen := map[store.Point]bool{}
			watching := false
			st, err := store.Open(t.Context(), store.Config{Where: where(t), Now: fixed, Reached: func(p store.Point) {
				if !watching {
					return
				}
				heard = append(heard, p)
				err := st.View(t.Context(), func(tx *store.Tx) error {
					got, err := tx.Secret(idOf(s))
					seen[p] = got != nil
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := st.Close(); err != nil {
					t.Error(err)
				}
			}()
			watching = true
			put(t, st, s, "one")
			watching = false
			if want := []store.Point{store.Committing, store.Committed}; !slices.Equal(heard, want) {
				t.Errorf("heard %v, want %v", heard, want)
			}
			if seen[store.Committing] || !seen[store.Committed] {
				t.Errorf("the change was seen at %v", seen)
			}
		})
	}
}
