package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestListing pages through every order, both ways, with ties in the sort column.
func TestListing(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		for i, name := range []string{"b", "A", "a/1", "Z", "_", "a-1", "é"} {
			s := newSecret(name)
			s.Created = start.Add(time.Duration(i/2) * time.Hour)
			put(t, st, s)
		}
		for _, by := range []store.Order{store.ByCreated, store.ByChanged, store.ByAccessed, store.ByName} {
			up, down := names(t, st, by, false, 2), names(t, st, by, true, 3)
			if len(up) != 7 {
				t.Errorf("by %s: %q", by, up)
			}
			slices.Reverse(down)
			if !slices.Equal(up, down) {
				t.Errorf("by %s: %q up, %q down", by, up, down)
			}
		}
		if got := fmt.Sprint(names(t, st, store.ByName, false, 3)); got != "[A Z _ a-1 a/1 b é]" {
			t.Errorf("names sort as %s, not byte by byte", got)
		}
	})
}

func names(t *testing.T, st *store.Store, by store.Order, descending bool, limit int) (out []string) {
	t.Helper()
	page := store.Listing{Account: "000000000000", Region: "eu-west-1", By: by, Descending: descending, Limit: limit}
	err := st.View(t.Context(), func(tx *store.Tx) error {
		for {
			found, err := tx.Secrets(page)
			if err != nil || len(found) == 0 {
				return err
			}
			for _, s := range found {
				out = append(out, s.Name())
			}
			page.After = store.CursorAt(found[len(found)-1], by)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTouchIsWrittenOnceADay(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s := newSecret("s")
		put(t, st, s, "one")
		f, err := st.Value(t.Context(), idOf(s), store.Choice{Label: secret.Current})
		if err != nil {
			t.Fatal(err)
		}
		st.Touch(f, start)
		day := start.Truncate(24 * time.Hour)
		ticker := time.NewTicker(time.Millisecond)
		defer ticker.Stop()
		for range 5000 {
			if f, err = st.Value(t.Context(), idOf(s), store.Choice{Label: secret.Current}); err != nil {
				t.Fatal(err)
			}
			if f.Accessed.Equal(day) && f.VersionAccessed.Equal(day) {
				return
			}
			<-ticker.C
		}
		t.Errorf("accessed %v, version %v", f.Accessed, f.VersionAccessed)
	})
}
