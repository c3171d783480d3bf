package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/internal/pgtest"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

var (
	start     = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	databases atomic.Int64
	postgres  *pgtest.Server
)

func TestMain(m *testing.M) {
	// fsync off: what is tested here is the text of the SQL, not the disk.
	server, err := pgtest.Start(context.Background(), pgtest.Options{Settings: map[string]string{"fsync": "off"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	postgres = server
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// onBoth runs a test on either database, empty.
func onBoth(t *testing.T, test func(t *testing.T, open func(now func() time.Time) *store.Store)) {
	for name, where := range map[string]func(*testing.T) string{"sqlite": newFile, "postgres": newDatabase} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := where(t)
			test(t, func(now func() time.Time) *store.Store { return openAt(t, at, now) })
		})
	}
}

func newFile(t *testing.T) string { return filepath.Join(t.TempDir(), "alberti.db") }

func newDatabase(t *testing.T) string {
	name := fmt.Sprintf("store%d", databases.Add(1))
	if err := postgres.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return postgres.DSN(postgres.User, postgres.Password, name)
}

func openAt(t *testing.T, where string, now func() time.Time) *store.Store {
	st, err := store.Open(t.Context(), store.Config{Where: where, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if wrong, _, err := st.RepeatedWrongly(context.Background()); err != nil || wrong != nil {
			t.Error(err, wrong)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
		checkCurrent(t, where)
	})
	return st
}

func fixed() time.Time { return start }

func newSecret(name string) *secret.Secret {
	return secret.New(secret.ARN{Region: "eu-west-1", Account: "000000000000", Name: name, Suffix: secret.NewSuffix()}, start)
}

func idOf(s *secret.Secret) secret.ID {
	return secret.ID{Region: s.ARN.Region, Account: s.ARN.Account, Name: s.ARN.Name, Suffix: s.ARN.Suffix}
}

// put saves a secret whose versions, in order, have the ids as their values.
func put(t *testing.T, st *store.Store, s *secret.Secret, versions ...string) {
	t.Helper()
	err := st.Update(t.Context(), func(tx *store.Tx) error {
		if s.Key != 0 {
			known, err := tx.SecretByKey(s.Key)
			if err != nil {
				return err
			}
			*s = *known
		}
		for _, v := range versions {
			if _, err := s.Put(v, nil, "", tx.Now()); err != nil {
				return err
			}
		}
		if err := tx.PutSecret(s); err != nil {
			return err
		}
		for _, v := range versions {
			if err := tx.PutValue(s, v, sealed(v)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func sealed(v string) secret.Sealed {
	return secret.Sealed{KeyID: "k", DataKey: []byte("d" + v), Ciphertext: []byte("c" + v)}
}

func TestSecretComesBackAsItWas(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s := newSecret("app/db")
		s.Description, s.Tags = "a database", []secret.Tag{{Key: "b", Value: "2"}, {Key: "a", Value: "1"}}
		s.Policy = `{"Statement" : []}`
		s.CreateToken, s.OwningService = "made by this", "rds"
		put(t, st, s, "one", "two")
		err := st.View(t.Context(), func(tx *store.Tx) error {
			got, err := tx.Secret(idOf(s))
			if err != nil || got == nil {
				return errors.Join(err, errors.New("not found"))
			}
			if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", s) {
				t.Errorf("got  %+v\nwant %+v", got, s)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// readAndKeep reads a value as a server does: where there is a cache, it has it then.
func readAndKeep(t *testing.T, st *store.Store, id secret.ID, which store.Choice) (*store.Found, error) {
	f, err := st.Value(t.Context(), id, which)
	if f != nil {
		st.Keep(f, func() secret.Sealed { return f.Sealed })
	}
	return f, err
}

func TestValueByLabelAndVersion(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s := newSecret("s")
		put(t, st, s, "one", "two")
		for _, c := range []struct {
			which   store.Choice
			version string
			labels  string
		}{
			{store.Choice{Label: secret.Current}, "two", "[AWSCURRENT]"},
			{store.Choice{Label: secret.Previous}, "one", "[AWSPREVIOUS]"},
			{store.Choice{Label: "none"}, "", "[]"},
			{store.Choice{VersionID: "one"}, "one", "[AWSPREVIOUS]"},
			{store.Choice{VersionID: "zero"}, "", "[]"},
		} {
			for range 2 { // the second time from the cache, where there is one
				f, err := readAndKeep(t, st, idOf(s), c.which)
				if err != nil || f == nil {
					t.Fatalf("%+v: %v, %v", c.which, f, err)
				}
				if f.VersionID != c.version || fmt.Sprint(f.Labels) != c.labels {
					t.Errorf("%+v: version %q with %v", c.which, f.VersionID, f.Labels)
				}
				if c.version != "" && string(f.Sealed.Ciphertext) != "c"+c.version {
					t.Errorf("%+v: the value of another version", c.which)
				}
			}
		}
		other := idOf(s)
		other.Suffix = "AAAAAA"
		if f, err := st.Value(t.Context(), other, store.Choice{Label: secret.Current}); f != nil || err != nil {
			t.Errorf("found under another suffix: %v, %v", f, err)
		}
	})
}

// TestReadsFollowWrites has readers race a writer: whoever reads after a write
// was acknowledged sees it.
func TestReadsFollowWrites(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s := newSecret("s")
		put(t, st, s, "v0000")
		id := idOf(s)
		acknowledged := atomic.Int64{}
		done := make(chan struct{})
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					least := acknowledged.Load()
					f, err := readAndKeep(t, st, id, store.Choice{Label: secret.Current})
					if err != nil {
						t.Error(err)
						return
					}
					var got int64
					fmt.Sscanf(f.VersionID, "v%d", &got)
					if got < least {
						t.Errorf("read version %d after %d was acknowledged", got, least)
						return
					}
				}
			})
		}
		for i := range int64(50) {
			put(t, st, s, fmt.Sprintf("v%04d", i+1))
			acknowledged.Store(i + 1)
		}
		close(done)
		readers.Wait()
	})
}

func TestNamesAreTaken(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		put(t, st, newSecret("s"))
		err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.PutSecret(newSecret("s")) })
		if fault.KindOf(err) != fault.AlreadyExists {
			t.Errorf("a second secret of one name: %v", err)
		}
		other := newSecret("s")
		other.ARN.Region = "us-east-1"
		put(t, st, other)
	})
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st, no := open(fixed), errors.New("no")
		for name, end := range map[string]func() error{
			"error": func() error { return no },
			"panic": func() error { panic("no") },
		} {
			s := newSecret(name)
			err := st.Update(t.Context(), func(tx *store.Tx) error {
				if err := tx.PutSecret(s); err != nil {
					return err
				}
				return end()
			})
			if err == nil {
				t.Errorf("%s: acknowledged", name)
			}
			if f, err := st.Value(t.Context(), idOf(s), store.Choice{Label: "x"}); f != nil || err != nil {
				t.Errorf("%s: left something behind: %v, %v", name, f, err)
			}
		}
	})
}

func TestConcurrentUpdatesAreKept(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		const writers, each = 8, 25
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() {
				for i := range each {
					s := newSecret(fmt.Sprintf("s%d-%d", w, i))
					if err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.PutSecret(s) }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		err := st.View(t.Context(), func(tx *store.Tx) error {
			found, err := tx.Secrets(store.Listing{Account: "000000000000", Region: "eu-west-1", By: store.ByName, Limit: 1000})
			if len(found) != writers*each {
				t.Errorf("%d secrets, want %d", len(found), writers*each)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestCallersWhoGo has callers leave at every moment: whoever comes after them
// finds the store in order.
func TestCallersWhoGo(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		s := newSecret("s")
		put(t, st, s, "one")
		callers := 100
		if st.Exclusive() {
			callers = 1000 // where a connection would be left in a transaction
		}
		for i := range callers {
			ctx, cancel := context.WithCancel(t.Context())
			var leaving sync.WaitGroup
			leaving.Go(func() {
				for range i % 250 * 20 {
				}
				cancel()
			})
			_ = st.View(ctx, func(tx *store.Tx) error {
				_, err := tx.Secret(idOf(s))
				return err
			})
			leaving.Wait()
			err := st.View(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Secret(idOf(s))
				return err
			})
			if err != nil {
				t.Fatalf("after caller %d: %v", i, err)
			}
		}
	})
}
