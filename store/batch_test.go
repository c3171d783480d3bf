package store

import (
	"context"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/secret"
)

// TestFullInABatch: where the database has no room, SQLite ends the transaction
// of the whole batch, not only the statement. Updates that share the commit must
// be neither acknowledged and gone, nor refused and kept.
func TestFullInABatch(t *testing.T) {
	s, err := Open(t.Context(), Config{Where: filepath.Join(t.TempDir(), "alberti.db"), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put := func(name string, size int) func(*Tx) error {
		return func(tx *Tx) error {
			return tx.PutCode(&function.Code{SHA256: name}, secret.Sealed{DataKey: []byte{}, Ciphertext: make([]byte, size)})
		}
	}
	hold, all := make(chan struct{}), sync.WaitGroup{}
	given := map[string]*error{}
	send := func(name string, fn func(*Tx) error) {
		told := new(error)
		given[name] = told
		queued := len(s.queue)
		all.Go(func() { *told = s.Update(context.Background(), fn) })
		for len(s.queue) == queued && name != "first" {
			runtime.Gosched()
		}
	}
	holds := make(chan struct{})
	send("first", func(tx *Tx) error {
		close(holds)
		<-hold
		_, err := tx.exec("PRAGMA max_page_count = 1000")
		return err
	})
	<-holds
	send("before", put("before", 10))
	send("large", put("large", 8<<20))
	send("after", put("after", 10))
	send("last", put("last", 10))
	close(hold)
	all.Wait()
	if *given["large"] == nil {
		t.Fatal("there was room: the test proves nothing")
	}
	for _, name := range []string{"before", "after", "last"} {
		there := false
		if err := s.View(t.Context(), func(tx *Tx) (err error) {
			var one int
			there, err = tx.first([]any{&one}, "SELECT 1 FROM code WHERE sha256 = $1", name)
			return err
		}); err != nil {
			t.Error(err)
		}
		if err := *given[name]; there != (err == nil) {
			t.Errorf("%s: there %t, told %v", name, there, err)
		}
	}
	if err := s.Update(t.Context(), put("next", 10)); err != nil {
		t.Errorf("the store does not go on: %v", err)
	}
}
