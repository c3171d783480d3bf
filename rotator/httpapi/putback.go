package httpapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Test implements rotator.Steps. When it fails, what applications read must not
// stay refused until a person comes: the old credential is put back, as accounts
// get their old password back (rotation-functions.md, 16.3).
func (a *api) Test(ctx context.Context, r *rotator.Run) error {
	pending, err := a.read(r)(r.Pending(ctx))
	if err != nil {
		return err
	}
	failure := a.works(ctx, r, pending)
	if failure == nil || r.TestOnly || !a.replaces() {
		return failure
	}
	if err := a.undo(ctx, r, pending); err != nil {
		return fmt.Errorf("%w; the old credential was not put back: %v", failure, err)
	}
	return failure
}

// replaces tells whether the new credential takes the place of the one in use. What
// the server makes, and another slot, leave that one in force.
func (a *api) replaces() bool { return a.set != nil && a.Slots == nil }

// undo sees to it that AWSCURRENT works, if setSecret may have ended that.
func (a *api) undo(ctx context.Context, r *rotator.Run, pending secret.Value) error {
	current, err := a.read(r)(r.Current(ctx))
	if err != nil {
		return err
	}
	if a.sameCredential(pending, current) || !a.sameAccount(pending, current) {
		return nil
	}
	err = a.works(ctx, r, current)
	if err == nil {
		r.Report.Note("AWSCURRENT works at %s", a.server.Host)
		return nil
	}
	if !refused(err) {
		return err
	}
	return a.putBack(ctx, r, current, pending)
}

var errNotTold = errors.New("by the journal, the pending credential is not the last that the server was told")

// putBack sets the current credential. That the pending one is the last in the
// journal entitles the secret to it, be the request an administrator's: setSecret
// keeps a value there only after a credential for the account has worked. The
// current one is a labelled version's, so the journal need not keep it.
func (a *api) putBack(ctx context.Context, r *rotator.Run, current, pending secret.Value) error {
	sent, err := r.Guard.Sent(ctx)
	if err != nil {
		return err
	}
	if len(sent) == 0 || !sent[0].Equal(pending) {
		return errNotTold
	}
	if err := a.claim(ctx, r, current); err != nil {
		return err
	}
	d, err := a.data(ctx, r, current, pending)
	if err != nil {
		return err
	}
	_, failure := a.send(ctx, r, a.set, d)
	// Only a test shows it: the answer may be lost, or promise more than was done.
	err = a.works(ctx, r, current)
	switch {
	case err == nil:
		r.Report.Note("the old credential was put back at %s", a.server.Host)
		return nil
	case failure != nil:
		return failure
	}
	return fmt.Errorf("the server was told, and then: %w", err)
}
