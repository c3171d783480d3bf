package rotator

import (
	"context"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/secret"
)

// SingleUser is the strategy in which a user changes its own password
// (rotation-functions.md, 1.5).
func SingleUser(e Engine, c Config) rotation.Function {
	sameUser := func(_ Traits, current Credential) (string, error) { return current.Username, nil }
	return New(c, singleUser{accounts{e, e.Traits(), sameUser}})
}

type singleUser struct{ accounts }

// Set gives the user the pending password. Which password is in force is found
// out by logging in (candidates.go).
func (f singleUser) Set(ctx context.Context, r *Run) error {
	current, err := f.current(ctx, r)
	if err != nil {
		return err
	}
	value, pending, err := f.pending(ctx, r)
	if err != nil {
		return err
	}
	if err := sameAccount(pending, current); err != nil {
		return err
	}
	if err := f.claim(ctx, r, pending); err != nil {
		return err
	}
	session, found, err := f.enter(ctx, r, f.candidates(ctx, r, current, pending))
	if err != nil && !refused(err) {
		return err
	}
	if err != nil {
		return fmt.Errorf("Unable to log into database with previous, current, or pending secret of secret arn %s: %w", r.SecretID, err)
	}
	if found.Password.Equal(pending.Password) {
		r.Report.Note("the pending password is in force already")
		return session.Close()
	}
	if err := r.Guard.Sending(ctx, value); err != nil {
		return errors.Join(err, session.Close())
	}
	return f.change(ctx, r, session, pending, found.Password)
}

// change gives the user the pending password in the place of the old one, or
// beside it where the target can, and finds out whether it did when the answer
// was lost.
func (f singleUser) change(ctx context.Context, r *Run, session Session, pending Credential, old secret.Value) error {
	told := r.Now()
	kept, err := set(ctx, session, pending, old)
	session.Close()
	if err != nil {
		again, loginErr := f.login(ctx, r, pending)
		if loginErr != nil {
			return fmt.Errorf("changing the password of user %q at %s: %w", pending.Username, pending.Address(), err)
		}
		again.Close()
		r.Report.Note("the password was changed although the answer was lost: %v", err)
	}
	if kept {
		r.Report.Note("the old password stays in force until the next rotation")
		return nil
	}
	r.Report.Changed = told
	return nil
}

// set changes a password; kept tells that the old one stays in force.
func set(ctx context.Context, session Session, c Credential, old secret.Value) (kept bool, err error) {
	if both, ok := session.(Overlapper); ok {
		kept, err = both.SetBeside(ctx, c.Username, c.Password, old)
	}
	if kept || err != nil {
		return kept, err
	}
	return false, session.SetPassword(ctx, c.Username, c.Password)
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
