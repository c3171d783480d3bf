package store_test

import (
	"testing"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestAtOpening: what the server chose stands on every secret that it reads.
func TestAtOpening(t *testing.T) {
	for _, chosen := range []bool{false, true} {
		st, err := store.Open(t.Context(), store.Config{Where: newFile(t), Now: fixed, AtOpening: chosen})
		if err != nil {
			t.Fatal(err)
		}
		s := newSecret("s")
		put(t, st, s, "one")
		err = st.View(t.Context(), func(tx *store.Tx) error {
			one, err := tx.SecretByKey(s.Key)
			if err != nil {
				return err
			}
			page, err := tx.Secrets(store.Listing{Account: s.ARN.Account, Region: s.ARN.Region, By: store.ByName, Limit: 1})
			for _, s := range append([]*secret.Secret{one}, page...) {
				if s.Rotation.AtOpening != chosen {
					t.Errorf("chosen %v, read %v", chosen, s.Rotation.AtOpening)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
}
