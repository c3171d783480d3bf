package rotator

import (
	"context"
	"errors"
	"fmt"
)

// Test implements Steps. When it fails, what applications read must not stay
// refused until a person comes: the old password is put back
// (rotation-functions.md, 16.3).
func (f singleUser) Test(ctx context.Context, r *Run) error {
	failure := f.accounts.Test(ctx, r)
	if failure == nil || r.TestOnly {
		return failure
	}
	c, err := f.change(ctx, r)
	if err != nil || c.pending.Password.Equal(c.current.Password) || sameAccount(c.pending, c.current) != nil {
		return failure
	}
	nodes, err := c.current.nodes()
	if err != nil {
		return failure
	}
	return c.undo(ctx, nodes, failure)
}

// undo puts the old password back at every node that can be reached.
func (c change) undo(ctx context.Context, nodes []place, failure error) error {
	var errs []error
	for _, node := range nodes {
		errs = append(errs, c.at(node).putBack(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		// The pending value may be in force. So it is not to be replaced, whatever
		// the target thinks of it, or of the old one.
		return fmt.Errorf("%v; the old password was not put back: %v", failure, err)
	}
	return failure
}

// putBack sees to it that the current password is in force. It is the value of a
// labelled version, so the journal need not keep it.
func (c change) putBack(ctx context.Context) error {
	session, err := c.login(ctx, c.run, c.current)
	if err == nil {
		c.run.Report.Note("AWSCURRENT logs in at %s", c.current.Address())
		return session.Close()
	}
	if !refused(err) {
		return err
	}
	if session, err = c.login(ctx, c.run, c.pending); err != nil {
		return err
	}
	defer session.Close()
	if err := c.claimBy(ctx, session); err != nil {
		return err
	}
	restore := func(s Session) (bool, error) {
		return false, s.SetPassword(ctx, c.current.Username, c.current.Password)
	}
	if _, err = restore(session); errors.Is(err, ErrNotAllowed) {
		_, err = c.byAdministrator(ctx, err, restore)
	}
	if err == nil {
		c.run.Report.Note("the old password was put back at %s", c.current.Address())
	}
	return err
}
