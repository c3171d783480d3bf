package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// TestReadersSeeWhatWasAcknowledged: readers keep the moment that they show, but
// never beyond a commit that somebody has been told of.
func TestReadersSeeWhatWasAcknowledged(t *testing.T) {
	st := openAt(t, newFile(t), fixed)
	s := newSecret("s")
	put(t, st, s, "v0000")
	var acknowledged atomic.Int64
	done := make(chan struct{})
	var readers sync.WaitGroup
	defer readers.Wait()
	defer close(done)
	ways := []func() (string, error){
		func() (string, error) { // not from the cache
			f, err := st.Value(t.Context(), idOf(s), store.Choice{Label: "last"})
			if err != nil || f == nil || f.VersionID == "" {
				return "v0000", err
			}
			return f.VersionID, err
		},
		func() (string, error) {
			f, err := st.Value(t.Context(), idOf(s), store.Choice{Label: secret.Current})
			if err != nil {
				return "", err
			}
			return f.VersionID, nil
		},
		func() (id string, err error) {
			err = st.View(t.Context(), func(tx *store.Tx) error {
				known, err := tx.Secret(idOf(s))
				if err == nil {
					id = known.Holder(secret.Current).ID
				}
				return err
			})
			return id, err
		},
	}
	for _, read := range ways {
		readers.Go(func() {
			for {
				least := fmt.Sprintf("v%04d", acknowledged.Load())
				if got, err := read(); err != nil || got < least {
					t.Errorf("read %q, %v, after %q was acknowledged", got, err, least)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := 1; i <= 95; i++ {
		version := fmt.Sprintf("v%04d", i)
		update(t, st, func(tx *store.Tx) error {
			known, err := tx.SecretByKey(s.Key)
			if err != nil {
				return err
			}
			if _, err := known.Put(version, []string{secret.Current, "last"}, "", tx.Now()); err != nil {
				return err
			}
			if err := tx.PutSecret(known); err != nil {
				return err
			}
			return tx.PutValue(known, version, sealed(version))
		})
		acknowledged.Store(int64(i))
	}
}

// TestReadersLetGoOfTheLog: moments that are kept do not make the write-ahead log
// grow, however reads and writes take turns.
func TestReadersLetGoOfTheLog(t *testing.T) {
	at := newFile(t)
	st := openAt(t, at, fixed)
	const limit = 3 * 1000 * 4096 // SQLite writes it back from 1,000 pages on
	for i := range 800 {
		put(t, st, newSecret(fmt.Sprint("s", i)), "one")
		for range 2 {
			if err := st.View(t.Context(), func(tx *store.Tx) error {
				_, err := tx.SecretByKey(1)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if log, err := os.Stat(filepath.Clean(at) + "-wal"); err != nil || log.Size() > limit {
			t.Fatalf("after %d commits the log has %d bytes, %v", i, log.Size(), err)
		}
	}
}
