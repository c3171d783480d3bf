package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// TestPermissions are kept by qualifier, in order of adding, and go with what
// they are for.
func TestPermissions(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		f := newFunction("f")
		v := putFunction(t, st, f, "one")
		published := *v
		published.Number = 1
		statements := func(qualifier, want string) {
			t.Helper()
			within(t, st, func(tx *store.Tx) error {
				got, err := tx.PermissionStatements(f, qualifier)
				if fmt.Sprint(got) != want {
					t.Errorf("%q: %v, want %s", qualifier, got, want)
				}
				return err
			})
		}
		within(t, st, func(tx *store.Tx) error {
			if err := tx.PutFunctionVersion(f, &published); err != nil {
				return err
			}
			if err := tx.PutAlias(f, function.Alias{Name: "live", Version: 1}); err != nil {
				return err
			}
			for _, at := range []struct{ qualifier, sid string }{{"", "z"}, {"", "a"}, {"", "m"}, {"1", "a"}, {"live", "a"}} {
				if err := tx.AddPermission(f, at.qualifier, at.sid, at.qualifier+"-"+at.sid); err != nil {
					return err
				}
			}
			return tx.RemovePermission(f, "", "a")
		})
		statements("", "[-z -m]")
		err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.AddPermission(f, "", "m", "again") })
		if fault.KindOf(err) != fault.AlreadyExists {
			t.Errorf("a second statement of one name: %v", err)
		}
		within(t, st, func(tx *store.Tx) error {
			here, err := tx.HasPermission(f, "1", "a")
			there, thereErr := tx.HasPermission(f, "", "a")
			if err != nil || thereErr != nil || !here || there {
				t.Errorf("%v, %v, %v, %v", here, err, there, thereErr)
			}
			if _, err := tx.DeleteFunctionVersion(f, 1); err != nil {
				return err
			}
			_, err = tx.DeleteAlias(f, "live")
			return err
		})
		statements("1", "[]")
		statements("live", "[]")
		statements("", "[-z -m]")
	})
}
