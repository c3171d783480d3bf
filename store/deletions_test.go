package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/store"
)

// TestDueDeletions: the oldest first, each for one of several servers, and with
// a secret goes all that belongs to it.
func TestDueDeletions(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		clock := start
		st := open(func() time.Time { return clock })
		const n = 30
		for i := range n {
			s := newSecret(fmt.Sprint("s", i))
			s.DeleteAt = start.Add(time.Duration(n-i) * time.Hour)
			put(t, st, s, "one")
		}
		put(t, st, newSecret("stays"), "one")
		wantNextDeletion(t, st, start.Add(time.Hour))
		clock = start.Add(3 * time.Hour)
		var names []string
		err := st.View(t.Context(), func(tx *store.Tx) error {
			keys, err := tx.DueDeletions(100)
			for _, key := range keys {
				s, err := tx.SecretByKey(key)
				if err != nil {
					return err
				}
				names = append(names, s.Name())
			}
			return err
		})
		if err != nil || fmt.Sprint(names) != "[s29 s28 s27]" {
			t.Errorf("due: %v, %v", names, err)
		}
		clock = start.Add(n * time.Hour)
		var servers sync.WaitGroup
		var mu sync.Mutex
		removed := map[int64]int{}
		for range 3 {
			servers.Go(func() {
				for range n {
					keys, err := removeSome(t, st)
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					for _, key := range keys {
						removed[key]++
					}
					mu.Unlock()
				}
			})
		}
		servers.Wait()
		for key, times := range removed {
			if times != 1 {
				t.Errorf("%d was removed %d times", key, times)
			}
		}
		if len(removed) != n {
			t.Errorf("%d of %d were removed", len(removed), n)
		}
		wantNextDeletion(t, st, time.Time{})
		if got := everything(t, st); fmt.Sprint(got) != "[stays]" {
			t.Errorf("left: %v", got)
		}
	})
}

func everything(t *testing.T, st *store.Store) []string {
	return search(t, st, store.Listing{Account: "000000000000", Region: "eu-west-1", By: store.ByName, Limit: 100, Deleted: true}, nil)
}

func removeSome(t *testing.T, st *store.Store) (keys []int64, err error) {
	err = st.Update(t.Context(), func(tx *store.Tx) error {
		if keys, err = tx.DueDeletions(4); err != nil {
			return err
		}
		for _, key := range keys {
			s, err := tx.SecretByKey(key)
			if err != nil {
				return err
			}
			if err := tx.DeleteSecret(s); err != nil {
				return err
			}
		}
		return nil
	})
	return keys, err
}

func wantNextDeletion(t *testing.T, st *store.Store, want time.Time) {
	t.Helper()
	err := st.View(t.Context(), func(tx *store.Tx) error {
		got, err := tx.NextDeletion()
		if !got.Equal(want) {
			t.Errorf("the next deletion is at %v, want %v", got, want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
