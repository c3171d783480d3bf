package store_test

import (
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"
	"pgregory.net/rapid"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// rawly opens a database beside the store, or after it.
func rawly(t *testing.T, where string) *sql.DB {
	t.Helper()
	driver := "sqlite"
	if strings.HasPrefix(where, "postgres://") {
		driver = "pgx"
	}
	db, err := sql.Open(driver, where)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// checkCurrent compares what the rows of secrets say of their current versions
// with the labels and the versions. It runs after every test of a store.
func checkCurrent(t *testing.T, where string) {
	t.Helper()
	db := rawly(t, where)
	defer db.Close()
	rows, err := db.Query(`
SELECT CAST(s.id AS TEXT), s.current_version, s.current_labels, COALESCE(v.key, 0), COALESCE(a.label, '')
FROM secrets s LEFT JOIN labels l ON l.secret = s.id AND l.label = 'AWSCURRENT'
LEFT JOIN versions v ON v.secret = s.id AND v.id = l.version
LEFT JOIN labels a ON a.secret = s.id AND a.version = l.version`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	says, labels := map[string]string{}, map[string][]string{}
	for rows.Next() {
		var name, joined, label string
		var current, is int64
		if err := rows.Scan(&name, &current, &joined, &is, &label); err != nil {
			t.Fatal(err)
		}
		if current != is {
			t.Errorf("%s: the current version is %d, its row says %d", name, is, current)
		}
		says[name], labels[name] = joined, append(labels[name], label)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for name, joined := range says {
		said := strings.Split(joined, "\x1f")
		slices.Sort(said)
		slices.Sort(labels[name])
		if !slices.Equal(said, labels[name]) {
			t.Errorf("%s: the labels of the current version are %q, its row says %q", name, labels[name], said)
		}
	}
}

// TestCurrentFollowsLabels makes changes of every kind, and reads by AWSCURRENT
// what the labels say.
func TestCurrentFollowsLabels(t *testing.T) {
	labels := []string{secret.Current, secret.Pending, secret.Previous, "one", "two"}
	for name, where := range map[string]func(*testing.T) string{"sqlite": newFile, "postgres": newDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := where(t)
			st := openAt(t, at, fixed)
			made := 0
			rapid.Check(t, func(r *rapid.T) {
				made++
				s := newSecret(fmt.Sprint("s", made))
				update(t, st, func(tx *store.Tx) error { return tx.PutSecret(s) })
				for range rapid.IntRange(1, 12).Draw(r, "changes") {
					oneChange(t, st, s, r, labels)
					readsCurrent(t, st, s)
				}
				if rapid.Bool().Draw(r, "delete") {
					update(t, st, func(tx *store.Tx) error {
						known, err := tx.SecretByKey(s.Key)
						if err != nil {
							return err
						}
						return tx.DeleteSecret(known)
					})
				}
				checkCurrent(t, at)
			})
		})
	}
}

// oneChange makes one change, or two in one transaction; those that the domain
// refuses are none.
func oneChange(t *testing.T, st *store.Store, s *secret.Secret, r *rapid.T, labels []string) {
	update(t, st, func(tx *store.Tx) error {
		known, err := tx.SecretByKey(s.Key)
		if err != nil {
			return err
		}
		*s = *known
		for range rapid.IntRange(1, 2).Draw(r, "at once") {
			version := rapid.SampledFrom([]string{"v1", "v2", "v3", "v4"}).Draw(r, "version")
			before := *s
			before.Versions = slices.Clone(s.Versions)
			var made string
			switch holder := s.Version(version); {
			case holder == nil || !holder.HasValue:
				attach := rapid.SliceOfN(rapid.SampledFrom(labels), 0, 2).Draw(r, "labels")
				_, err = s.Put(version, attach, "", tx.Now())
				made = version
			default:
				label, from := rapid.SampledFrom(labels).Draw(r, "label"), ""
				if h := s.Holder(label); h != nil {
					from = h.ID
				}
				err = s.Move(label, from, version)
			}
			if err != nil {
				*s = before
				continue
			}
			if err := tx.PutSecret(s); err != nil {
				return err
			}
			if made != "" && s.Version(made) != nil {
				if err := tx.PutValue(s, made, sealed(made)); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func readsCurrent(t *testing.T, st *store.Store, s *secret.Secret) {
	t.Helper()
	f, err := st.Value(t.Context(), idOf(s), store.Choice{Label: secret.Current})
	if err != nil || f == nil {
		t.Fatal(f, err)
	}
	var version string
	var labels []string
	if h := s.Holder(secret.Current); h != nil {
		version, labels = h.ID, slices.Sorted(slices.Values(h.Labels))
	}
	if f.VersionID != version || !slices.Equal(f.Labels, labels) {
		t.Fatalf("read %q with %q, want %q with %q", f.VersionID, f.Labels, version, labels)
	}
	if version != "" && string(f.Sealed.Ciphertext) != "c"+version {
		t.Fatalf("%q has the value %q", version, f.Sealed.Ciphertext)
	}
}

// migrateDown takes a store's schema back to a version. What undoes a migration
// has no words in which the databases differ.
func migrateDown(t *testing.T, at, name string, version int64) {
	t.Helper()
	db := rawly(t, at)
	defer db.Close()
	dialect := map[string]goose.Dialect{"sqlite": goose.DialectSQLite3, "postgres": goose.DialectPostgres}[name]
	p, err := goose.NewProvider(dialect, db, os.DirFS("migrations"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.DownTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
}

// TestCurrentIsMigrated: a store of before has its rows filled in.
func TestCurrentIsMigrated(t *testing.T) {
	for name, where := range map[string]func(*testing.T) string{"sqlite": newFile, "postgres": newDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := where(t)
			st, err := store.Open(t.Context(), store.Config{Where: at, Now: fixed})
			if err != nil {
				t.Fatal(err)
			}
			one, many, none := newSecret("one"), newSecret("many"), newSecret("none")
			put(t, st, one, "a")
			put(t, st, many, "a", "b", "c")
			update(t, st, func(tx *store.Tx) error {
				known, err := tx.SecretByKey(many.Key)
				if err != nil {
					return err
				}
				if err := known.Move("mine", "", "c"); err != nil {
					return err
				}
				*many = *known
				return tx.PutSecret(known)
			})
			put(t, st, none)
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			migrateDown(t, at, name, 7)
			st = openAt(t, at, fixed)
			for _, s := range []*secret.Secret{one, many, none} {
				readsCurrent(t, st, s)
			}
			f, err := st.Value(t.Context(), idOf(many), store.Choice{Label: secret.Previous})
			if err != nil || f == nil || f.VersionID != "b" || string(f.Sealed.Ciphertext) != "cb" {
				t.Errorf("AWSPREVIOUS is %+v, %v", f, err)
			}
			put(t, st, one, "d")
			readsCurrent(t, st, one)
		})
	}
}
