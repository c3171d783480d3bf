package store_test

import (
	"database/sql"
	"fmt"
	"testing"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestTermsOfOlderStores: secrets that were stored before there were terms are
// found after the next start, also when that one was interrupted half-way.
func TestTermsOfOlderStores(t *testing.T) {
	for name, where := range map[string]func(*testing.T) string{"sqlite": newFile, "postgres": newDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const n = 450
			at := where(t)
			st := openAt(t, at, fixed)
			err := st.Update(t.Context(), func(tx *store.Tx) error {
				for i := range n {
					s := newSecret(fmt.Sprint("s", i))
					s.Description = "findable"
					if err := tx.PutSecret(s); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[name]
			db, err := sql.Open(driver, at)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, lost := range []string{"id > 0", "id % 2 = 0"} {
				for _, statement := range []string{
					`INSERT INTO terms_missing (secret) SELECT id FROM secrets WHERE ` + lost,
					`DELETE FROM terms WHERE secret IN (SELECT secret FROM terms_missing)`,
				} {
					if _, err := db.Exec(statement); err != nil {
						t.Fatal(err)
					}
				}
				again := openAt(t, at, fixed)
				l := store.Listing{Account: "000000000000", Region: "eu-west-1", By: store.ByName, Limit: 100}
				if got := len(search(t, again, l, secret.Filters{{Key: "description", Values: []string{"find"}}})); got != n {
					t.Errorf("%s: found %d of %d", lost, got, n)
				}
			}
		})
	}
}

// TestTermsGoWithTheirSecret: a secret that is gone leaves no terms behind.
func TestTermsGoWithTheirSecret(t *testing.T) {
	at := newFile(t)
	st := openAt(t, at, fixed)
	s := newSecret("prod/db")
	s.Description, s.Tags = "one two", []secret.Tag{{Key: "team", Value: "blue"}}
	put(t, st, s, "one")
	db, err := sql.Open("sqlite", at)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, step := range []struct {
		want   int
		change func(*store.Tx, *secret.Secret) error
	}{
		{6, func(*store.Tx, *secret.Secret) error { return nil }},
		{4, func(tx *store.Tx, s *secret.Secret) error {
			s.Description, s.Tags = "two", []secret.Tag{{Key: "team"}}
			return tx.PutSecret(s)
		}},
		{0, func(tx *store.Tx, s *secret.Secret) error { return tx.DeleteSecret(s) }},
	} {
		err := st.Update(t.Context(), func(tx *store.Tx) error {
			known, err := tx.SecretByKey(s.Key)
			if err != nil {
				return err
			}
			return step.change(tx, known)
		})
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM terms`).Scan(&n); err != nil || n != step.want {
			t.Errorf("%d terms, want %d, %v", n, step.want, err)
		}
	}
}
