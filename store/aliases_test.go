package store_test

import (
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// TestAliasesOf lists by name, byte by byte, those of one version.
func TestAliasesOf(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		f := newFunction("f")
		putFunction(t, st, f, "one")
		within(t, st, func(tx *store.Tx) error {
			for name, version := range map[string]int64{"a": 1, "B": 1, "c": 2, "d": 1, "_": 1, "e": 0} {
				if err := tx.PutAlias(f, function.Alias{Name: name, Version: version}); err != nil {
					return err
				}
			}
			for _, c := range []struct {
				version int64
				after   string
				want    string
			}{{1, "", "B _ a"}, {1, "B", "_ a d"}, {1, "d", ""}, {2, "", "c"}, {0, "", "e"}, {3, "", ""}} {
				found, err := tx.AliasesOf(f, c.version, c.after, 3)
				if err != nil {
					return err
				}
				var names []string
				for _, a := range found {
					names = append(names, a.Name)
				}
				if got := strings.Join(names, " "); got != c.want {
					t.Errorf("of %d after %q: %s, want %s", c.version, c.after, got, c.want)
				}
			}
			return nil
		})
	})
}
