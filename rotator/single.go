package rotator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/secret"
)

// SingleUser is the strategy in which a user changes its own password
// (rotation-functions.md, 1.5), or the administrator named by masterarn does
// where the user may not.
func SingleUser(e Engine, c Config) rotation.Function {
	sameUser := func(_ *Run, _ Traits, current Credential) (string, error) { return current.Username, nil }
	return New(c, singleUser{accounts{e, e.Traits(), sameUser}})
}

type singleUser struct{ accounts }

// change is the change of one account's password.
type change struct {
	accounts
	run              *Run
	value            secret.Value // the pending one, whole
	current, pending Credential
}

func (a accounts) change(ctx context.Context, r *Run) (change, error) {
	current, err := a.current(ctx, r)
	if err != nil {
		return change{}, err
	}
	value, pending, err := a.pending(ctx, r)
	return change{a, r, value, current, pending}, err
}

// at is the change at one node.
func (c change) at(p place) change {
	c.current, c.pending = c.current.at(p), c.pending.at(p)
	return c
}

// Set gives the user the pending password, at every node.
func (f singleUser) Set(ctx context.Context, r *Run) error {
	c, err := f.change(ctx, r)
	if err != nil {
		return err
	}
	if err := sameAccount(c.pending, c.current); err != nil {
		return err
	}
	nodes, err := c.current.nodes()
	if err != nil {
		return err
	}
	if err := f.claim(ctx, r, c.pending); err != nil {
		return err
	}
	for _, node := range nodes {
		if err := c.at(node).set(ctx); err != nil {
			return err
		}
	}
	return nil
}

// set finds out which password is in force by logging in (candidates.go), and
// changes it.
func (c change) set(ctx context.Context) error {
	session, found, err := c.enter(ctx, c.run, c.candidates(ctx, c.run, c.current, c.pending))
	if refused(err) {
		session, err = c.rescue(ctx, c.run, c.current, err)
	}
	if err != nil {
		return err
	}
	defer session.Close()
	if found.Username != "" && found.Password.Equal(c.pending.Password) {
		c.run.Report.Note("the pending password is in force already")
		c.run.Report.Found = true
		return nil
	}
	tell, err := prepare(ctx, session, c.pending, found)
	if err != nil {
		return c.unchanged(err)
	}
	if err := c.run.Guard.Sending(ctx, c.value); err != nil {
		return err
	}
	told := c.run.Now()
	kept, err := tell(ctx)
	if errors.Is(err, ErrNotAllowed) {
		kept, err = c.byAdministrator(ctx, err, func(admin Session) (bool, error) {
			if tell, err = prepare(ctx, admin, c.pending, found); err != nil {
				return false, err
			}
			return tell(ctx)
		})
	}
	return c.done(ctx, told, kept, err)
}

// byAdministrator has the administrator do what the user may not. That the user's
// own login works entitles the secret to that.
func (c change) byAdministrator(ctx context.Context, refusal error, do func(Session) (bool, error)) (kept bool, err error) {
	admin, err := c.administrator(ctx, c.run, c.current)
	if err != nil {
		return false, fmt.Errorf("%w, and not by the administrator either: %w", refusal, err)
	}
	defer admin.Close()
	return do(admin)
}

// done says how a change went, and finds out when the answer was lost.
func (c change) done(ctx context.Context, told time.Time, kept bool, err error) error {
	if err != nil {
		again, loginErr := c.login(ctx, c.run, c.pending)
		if loginErr != nil && !refused(loginErr) {
			err = fmt.Errorf("%w; whether it was changed is not known: %w", err, loginErr)
		}
		if loginErr != nil {
			return c.unchanged(err)
		}
		again.Close()
		c.run.Report.Note("the password was changed although the answer was lost: %v", err)
	}
	if kept {
		c.run.Report.Note("the old password stays in force until the next rotation")
		return nil
	}
	if c.run.Report.Changed.IsZero() {
		c.run.Report.Changed = told
	}
	return nil
}

func (c change) unchanged(err error) error {
	return fmt.Errorf("changing the password of user %q at %s: %w", c.pending.Username, c.pending.Address(), err)
}

// prepare does of a change of password what can be done before the target is told,
// and gives what tells it; kept says that the password that was found in force
// stays so. Found is empty when none was.
func prepare(ctx context.Context, session Session, c, found Credential) (tell func(context.Context) (kept bool, err error), err error) {
	set := func(ctx context.Context) error { return session.SetPassword(ctx, c.Username, c.Password) }
	if p, ok := session.(Preparer); ok {
		if set, err = p.Prepare(ctx, c.Username, c.Password); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context) (kept bool, err error) {
		if both, ok := session.(Overlapper); ok && found.Username != "" {
			kept, err = both.SetBeside(ctx, c.Username, c.Password, found.Password)
		}
		if kept || err != nil {
			return kept, err
		}
		return false, set(ctx)
	}, nil
}

// Test implements Steps. When it fails, what applications read must not stay
// refused until a person comes: the old password is put back
// (rotation-functions.md, 16.3).
func (f singleUser) Test(ctx context.Context, r *Run) error {
	failure := f.accounts.Test(ctx, r)
	if failure == nil {
		return nil
	}
	c, err := f.change(ctx, r)
	if err != nil || c.pending.Password.Equal(c.current.Password) || sameAccount(c.pending, c.current) != nil {
		return failure
	}
	nodes, err := c.current.nodes()
	if err != nil {
		return failure
	}
	for _, node := range nodes {
		if err := c.at(node).putBack(ctx); err != nil {
			return fmt.Errorf("%w; the old password was not put back: %w", failure, err)
		}
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
	if err := c.claim(ctx, c.run, c.pending); err != nil {
		return err
	}
	if session, err = c.login(ctx, c.run, c.pending); err != nil {
		return err
	}
	defer session.Close()
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

// sameAccount refuses to use one user's login for another user, or another
// server: that would turn this function against accounts that the secret is
// not for.
func sameAccount(pending, current Credential) error {
	if err := sameServer(pending, current); err != nil {
		return err
	}
	if pending.Username != current.Username {
		return fmt.Errorf("Attempting to modify user %s other than current user %s", pending.Username, current.Username)
	}
	return nil
}

func sameServer(pending, current Credential) error {
	if !pending.sameHost(current) {
		return fmt.Errorf("Attempting to modify user for host %s other than current host %s", pending.Address(), current.Address())
	}
	return nil
}
