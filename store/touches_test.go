package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestTouchesWaitForNobody: a day of access is written beside a secret that
// somebody holds, and that secret's own is left for another read.
func TestTouchesWaitForNobody(t *testing.T) {
	st := openAt(t, newDatabase(t), fixed) // SQLite has no locks of single secrets
	held, free := newSecret("held"), newSecret("free")
	put(t, st, held, "one")
	put(t, st, free, "one")
	read := func(s *secret.Secret) *store.Found {
		t.Helper()
		f, err := st.Value(t.Context(), idOf(s), store.Choice{Label: secret.Current})
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	update(t, st, func(tx *store.Tx) error {
		if _, err := tx.Secret(idOf(held)); err != nil {
			return err
		}
		st.Touch(read(held), start)
		for read(free).Accessed.IsZero() {
			st.Touch(read(free), start)
			select {
			case <-ticker.C:
			case <-ctx.Done():
				t.Error("the day of a free secret waits for one that is held")
				return nil
			}
		}
		return nil
	})
	for read(held).Accessed.IsZero() {
		st.Touch(read(held), start)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatal("the day of a secret that was held is never written")
		}
	}
}
