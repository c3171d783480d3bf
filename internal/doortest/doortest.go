// Package doortest is what the tests of all services start from: a store, a trail
// and a ring in a folder, a clock, and somebody who calls. The service, and the
// SDK in front of it, each test brings.
package doortest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/store"
)

// Account is the account of all calls, unless a test says otherwise.
const Account = "000000000000"

// Start is when all benches begin.
var Start = time.Date(2026, 11, 21, 9, 30, 15, 123e6, time.UTC)

// Bench is what a service stands on.
type Bench struct {
	Dir   string
	Store *store.Store
	Trail *audit.Trail
	Ring  *keyring.Ring
	Log   *slog.Logger // which shows where a test fails

	where string // the store
	root  keyring.Wrapper

	mu     sync.Mutex
	now    time.Time
	caller iam.Caller
}

// New makes a bench on SQLite, or on the store at a place. Root calls until As is.
func New(t testing.TB, region string, where ...string) *Bench {
	t.Helper()
	b := &Bench{
		Dir: t.TempDir(), Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		now: Start, caller: iam.NewRoot(Account, region, "AKIATEST"),
	}
	b.where = filepath.Join(b.Dir, "alberti.db")
	if where != nil {
		b.where = where[0]
	}
	var err error
	if b.root, err = keyring.CreateLocal(filepath.Join(b.Dir, "root.key")); err != nil {
		t.Fatal(err)
	}
	b.Open(t)
	return b
}

// Open opens what Close has closed, as the start of a server does. It is closed
// when the test ends.
func (b *Bench) Open(t testing.TB) {
	t.Helper()
	st, err := store.Open(t.Context(), store.Config{Where: b.where, Now: b.Now})
	if err != nil {
		t.Fatal(err)
	}
	trail, err := audit.Open(filepath.Join(b.Dir, "audit"), b.Now)
	if err != nil {
		t.Fatal(err)
	}
	b.Store, b.Trail = st, trail
	b.Ring = keyring.New(b.root, func(ctx context.Context, id string) (keyring.Key, error) {
		wrapped, err := st.KMSKeyByID(ctx, id)
		return keyring.Key{ID: id, Wrapped: wrapped}, err
	})
	t.Cleanup(func() {
		if b.Store == st {
			b.Close(t)
		}
	})
}

// Close ends the store and the trail, as the end of a server does.
func (b *Bench) Close(t testing.TB) {
	t.Helper()
	if err := errors.Join(b.Store.Close(), b.Trail.Close()); err != nil {
		t.Error(err)
	}
	b.Store = nil
}

// Base is what a service has of the bench. Nobody hears of changes.
func (b *Bench) Base() door.Base {
	return door.Base{Store: b.Store, Trail: b.Trail, Committed: func() {}, Log: b.Log}
}

// Now is the clock, which only Advance moves.
func (b *Bench) Now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.now
}

// Advance moves the clock.
func (b *Bench) Advance(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(d)
}

// As has the next calls made by somebody else.
func (b *Bench) As(c iam.Caller) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.caller = c
}

// Caller is who calls.
func (b *Bench) Caller() iam.Caller {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.caller
}

// Authenticate takes the signature on trust, which sigv4 and the end-to-end tests
// prove.
func (b *Bench) Authenticate(*http.Request, []byte) (iam.Caller, error) { return b.Caller(), nil }

// Shipped takes what waits in the outbox.
func (b *Bench) Shipped(t testing.TB) (box [][]byte) {
	t.Helper()
	_, err := b.Store.Ship(t.Context(), 10_000, func(events [][]byte) error {
		box = events
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return box
}

// Trailed is everything that stands in the files of the trail.
func (b *Bench) Trailed(t testing.TB) (all []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.Dir, "audit", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		lines, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, lines...)
	}
	return all
}

// AEAD is a key that differs by its number.
func AEAD(t testing.TB, number byte) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher(append([]byte{number}, make([]byte, 31)...))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}
