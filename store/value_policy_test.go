package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestValueCarriesItsPolicy: the read of a value brings what policies ask for,
// as it stands after the last commit, from the statement and from the cache.
func TestValueCarriesItsPolicy(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s := newSecret("db")
		s.Tags, s.Rotation.FunctionARN = []secret.Tag{{Key: "team", Value: "red"}}, "arn:f"
		put(t, st, s, "one")
		for _, policy := range []string{"", "a", "b", ""} {
			err := st.Update(t.Context(), func(tx *store.Tx) error {
				known, err := tx.Secret(idOf(s))
				if err != nil || known == nil {
					return errors.Join(err, errors.New("not found"))
				}
				known.Policy = policy
				return tx.PutSecret(known)
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				f, err := readAndKeep(t, st, idOf(s), store.Choice{Label: secret.Current})
				if err != nil || f == nil || f.Policy != policy || f.KeyID != "" || f.FunctionARN() != "arn:f" ||
					len(f.Tags()) != 1 || f.Tags()[0] != s.Tags[0] {
					t.Fatalf("with policy %q: %+v, %v", policy, f, err)
				}
			}
		}
	})
}
