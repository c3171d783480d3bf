package store

import (
	"context"
	"sync"
)

// along is what an update takes into its commit beside its own change.
type along struct {
	once sync.Once
	fn   func(*Tx) error
	then func()
}

type alongKey struct{}

// Along gives a context whose first update does fn as well, after its own change:
// one commit instead of two. Where fn fails, what it did is undone, the update is
// none the worse, and fn is to be done in another way. Then is called when both
// are committed.
func Along(ctx context.Context, fn func(*Tx) error, then func()) context.Context {
	return context.WithValue(ctx, alongKey{}, &along{fn: fn, then: then})
}

// withAlong is an update with what its context has it take along.
func withAlong(ctx context.Context, fn func(*Tx) error) (both func(*Tx) error, then func()) {
	both, then = fn, func() {}
	a, ok := ctx.Value(alongKey{}).(*along)
	if !ok {
		return both, then
	}
	a.once.Do(func() {
		did := false
		both = func(tx *Tx) error {
			err := fn(tx)
			if err == nil {
				did, err = tx.aside(a.fn)
			}
			return err
		}
		then = func() {
			if did {
				a.then()
			}
		}
	})
	return both, then
}

// aside does fn or nothing, and tells which. An error is one of the transaction.
// What is known of secrets may be wrong after nothing: it has to come last.
func (t *Tx) aside(fn func(*Tx) error) (did bool, err error) {
	if _, err := t.exec("SAVEPOINT aside"); err != nil {
		return false, err
	}
	if did = guarded(fn, t) == nil; !did {
		if _, err := t.exec("ROLLBACK TO aside"); err != nil {
			return false, err
		}
	}
	_, err = t.exec("RELEASE aside")
	return did, err
}
