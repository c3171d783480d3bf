package store

import (
	"context"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/alberti-dev/alberti/secret"
)

func openOne(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Where: filepath.Join(t.TempDir(), "alberti.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func named(name string) secret.ID { return secret.ID{Region: "r", Account: "a", Name: name} }

// change has a secret, made where there is none, changed and saved; a version, if
// it names one, is put with a value.
func change(t rapid.TB, s *Store, name, version, value string, do func(*secret.Secret) error) {
	err := s.Update(context.Background(), func(tx *Tx) error {
		known, err := tx.Secret(named(name))
		if err != nil {
			return err
		}
		if known == nil {
			known = secret.New(secret.ARN{Region: "r", Account: "a", Name: name, Suffix: secret.NewSuffix()}, tx.Now())
		}
		if err := do(known); err != nil {
			return nil // the domain refuses, and nothing changes
		}
		if err := tx.PutSecret(known); err != nil || version == "" || known.Version(version) == nil {
			return err
		}
		return tx.PutValue(known, version, secret.Sealed{KeyID: "k", DataKey: []byte("d"), Ciphertext: []byte(value)})
	})
	if err != nil {
		t.Fatal(err)
	}
}

// touched reads a value past the cache, and has its day and its row written.
func touched(t rapid.TB, s *Store, name string, which Choice) *Found {
	t.Helper()
	f, err := s.readValue(context.Background(), named(name), which)
	if err != nil {
		t.Fatal(err)
	}
	if f != nil && f.Sealed.Ciphertext != nil {
		s.Touch(f, s.Now())
		s.writeTouches()
	}
	return f
}

// TestRepeatedValuesFollow changes secrets in every way, in between reads that have
// their rows written: what is read in one search is what the tables say.
func TestRepeatedValuesFollow(t *testing.T) {
	s := openOne(t)
	seen := 0
	rapid.Check(t, func(r *rapid.T) {
		name := rapid.SampledFrom([]string{"one", "two"})
		version := rapid.SampledFrom([]string{"v1", "v2", "v3"})
		label := rapid.SampledFrom([]string{secret.Current, secret.Pending, "mine"})
		puts := 0
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				puts++
				v := version.Draw(r, "version")
				change(r, s, name.Draw(r, "name"), v, fmt.Sprint(v, puts), func(k *secret.Secret) error {
					if known := k.Version(v); known != nil && known.HasValue {
						return secret.ErrNotFound
					}
					_, err := k.Put(v, []string{label.Draw(r, "label")}, "", s.Now())
					return err
				})
			},
			"move": func(r *rapid.T) {
				change(r, s, name.Draw(r, "name"), "", "", func(k *secret.Secret) error {
					l, from := label.Draw(r, "label"), ""
					if h := k.Holder(l); h != nil {
						from = h.ID
					}
					return k.Move(l, from, version.Draw(r, "to"))
				})
			},
			"describe": func(r *rapid.T) {
				change(r, s, name.Draw(r, "name"), "", "", func(k *secret.Secret) error {
					k.Policy, k.KeyID = rapid.String().Draw(r, "policy"), rapid.String().Draw(r, "key")
					k.Tags = []secret.Tag{{Key: rapid.String().Draw(r, "tag"), Value: "x"}}
					k.Rotation.FunctionARN = rapid.String().Draw(r, "function")
					return nil
				})
			},
			"delete": func(r *rapid.T) {
				err := s.Update(context.Background(), func(tx *Tx) error {
					known, err := tx.Secret(named(name.Draw(r, "name")))
					if err != nil || known == nil {
						return err
					}
					return tx.DeleteSecret(known)
				})
				if err != nil {
					r.Fatal(err)
				}
			},
			"read":       func(r *rapid.T) { touched(r, s, name.Draw(r, "name"), cached) },
			"read other": func(r *rapid.T) { touched(r, s, name.Draw(r, "name"), Choice{Label: label.Draw(r, "label")}) },
			"": func(r *rapid.T) {
				for _, n := range []string{"one", "two"} {
					got, err1 := s.readValue(context.Background(), named(n), cached)
					if got != nil {
						got.searched = false
					}
					want, err2 := s.searched(named(n))
					if err1 != nil || err2 != nil || !sameFound(got, want) {
						r.Fatalf("read %+v, %v, want %+v, %v", got, err1, want, err2)
					}
				}
			},
		})
		wrong, rows, err := s.RepeatedWrongly(context.Background())
		if err != nil || wrong != nil {
			r.Fatal(err, wrong)
		}
		seen += rows
	})
	if seen == 0 {
		t.Error("there never was a row: the test proves nothing")
	}
}

// searched is what the tables say.
func (s *Store) searched(id secret.ID) (f *Found, err error) {
	err = s.View(context.Background(), func(tx *Tx) (err error) {
		f, err = searchValue(tx.ctx, tx.on, id, cached)
		return err
	})
	return f, err
}

func sameFound(a, b *Found) bool {
	if a == nil || b == nil {
		return a == b
	}
	return reflect.DeepEqual([]byte(packed(nil).pack(a)), []byte(packed(nil).pack(b)))
}

// rowsOf counts the rows of current_values, all of which must be right.
func rowsOf(t *testing.T, s *Store) int {
	t.Helper()
	wrong, n, err := s.RepeatedWrongly(t.Context())
	if err != nil || wrong != nil {
		t.Fatal(err, wrong)
	}
	return n
}

// putOne gives a secret a version with a value.
func putOne(t *testing.T, s *Store, name, version, value string) {
	t.Helper()
	change(t, s, name, version, value, func(k *secret.Secret) error {
		_, err := k.Put(version, nil, "", s.Now())
		return err
	})
}

// TestRowsComeWithReads: a read that had to search has its row written, and the
// next does not search; a change takes the row away.
func TestRowsComeWithReads(t *testing.T) {
	s := openOne(t)
	for _, version := range []string{"v1", "v2"} {
		putOne(t, s, "one", version, "value")
		if n := rowsOf(t, s); n != 0 {
			t.Fatalf("after a change there are %d rows", n)
		}
		for _, searched := range []bool{true, false} {
			if f := touched(t, s, "one", cached); f == nil || f.searched != searched || f.VersionID != version {
				t.Fatalf("read %+v, want %s, searched %v", f, version, searched)
			}
		}
		if n := rowsOf(t, s); n != 1 {
			t.Fatalf("after a read there are %d rows", n)
		}
	}
	if f := touched(t, s, "none", cached); f != nil {
		t.Errorf("found %+v", f)
	}
}

// TestLongValuesAreNotRepeated: they have no row, and reads do not ask for one
// again and again.
func TestLongValuesAreNotRepeated(t *testing.T) {
	s := openOne(t)
	putOne(t, s, "one", "v1", strings.Repeat("x", 65_536))
	for range 2 {
		f := touched(t, s, "one", cached)
		if f == nil || len(f.Sealed.Ciphertext) != 65_536 || f.searched {
			t.Fatalf("found %v", f)
		}
	}
	if n := rowsOf(t, s); n != 0 {
		t.Errorf("%d rows", n)
	}
}

// TestPlacesOfOthersAreLeft: of two names with one place the first keeps it, and
// the other is found all the same.
func TestPlacesOfOthersAreLeft(t *testing.T) {
	s := openOne(t)
	for _, name := range []string{"one", "other"} {
		putOne(t, s, name, "v1", "value of "+name)
	}
	touched(t, s, "one", cached)
	err := s.Update(t.Context(), func(tx *Tx) error {
		_, err := tx.exec(`UPDATE current_values SET place = $1`, placeOf(keyOf(named("other"))))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if f := touched(t, s, "other", cached); f == nil || string(f.Sealed.Ciphertext) != "value of other" || f.searched {
			t.Fatalf("found %+v", f)
		}
	}
	var row packed
	_, err = first(t.Context(), s.writer, []any{(*[]byte)(&row)}, `SELECT found FROM current_values WHERE place = $1`, placeOf(keyOf(named("other"))))
	if err != nil || row.unpack(keyOf(named("one"))) == nil {
		t.Errorf("the row was taken: %q, %v", row, err)
	}
	touched(t, s, "one", cached)
	putOne(t, s, "other", "v2", "changed") // which may take the row of the other with it
	for name, want := range map[string]string{"one": "value of one", "other": "changed"} {
		if f := touched(t, s, name, cached); f == nil || string(f.Sealed.Ciphertext) != want {
			t.Errorf("%s is %+v", name, f)
		}
	}
	rowsOf(t, s)
}

// TestRowsDoNotPileUp: where many reads are waiting to be written, those that lack
// nothing but a row are let go, and days are not.
func TestRowsDoNotPileUp(t *testing.T) {
	s := &Store{}
	s.touched.init()
	day := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for i := range rowsPending + 10 {
		s.Touch(&Found{Key: int64(i), Accessed: day, VersionAccessed: day, searched: true}, day)
	}
	if n := len(s.touched.pending); n != rowsPending {
		t.Errorf("%d are pending, want %d", n, rowsPending)
	}
	s.Touch(&Found{Key: -1, searched: true}, day)
	if n := len(s.touched.pending); n != rowsPending+1 {
		t.Error("a day was let go")
	}
}
