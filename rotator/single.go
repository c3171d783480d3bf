package rotator

import (
	"context"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/rotation"
)

// SingleUser is the strategy in which a user changes its own password
// (rotation-functions.md, 1.5).
func SingleUser(e Engine, c Config) rotation.Function {
	return &function{
		Config: c, engine: e, set: setSingle,
		nextUser: func(_ Traits, current Credential) (string, error) { return current.Username, nil },
	}
}

// setSingle gives the user the pending password. Which password is in force is
// found out by logging in (candidates.go).
func setSingle(ctx context.Context, r *run, s Secrets) error {
	current, pending, err := r.pair(ctx, s)
	if err != nil {
		return err
	}
	if err := sameAccount(pending, current); err != nil {
		return err
	}
	if err := r.claim(ctx, pending); err != nil {
		return err
	}
	session, found, err := r.enter(ctx, r.candidates(ctx, s, current, pending))
	if err != nil && !refused(err) {
		return err
	}
	if err != nil {
		return fmt.Errorf("Unable to log into database with previous, current, or pending secret of secret arn %s: %w", r.SecretID, err)
	}
	if found.Password.Equal(pending.Password) {
		r.Report.Note("the pending password is in force already")
		r.Report.Found = true
		return session.Close()
	}
	return r.setPassword(ctx, session, pending)
}

// setPassword changes the password, and finds out whether it changed when the
// answer was lost.
func (r *run) setPassword(ctx context.Context, session Session, pending Credential) error {
	set, err := prepare(ctx, session, pending)
	if err != nil {
		return errors.Join(r.unchanged(pending, err), session.Close())
	}
	if err := r.Guard.Sending(ctx, r.value); err != nil {
		return errors.Join(err, session.Close())
	}
	told := r.now()
	err = set(ctx)
	session.Close()
	if err == nil {
		r.Report.Changed = told
		return nil
	}
	if again, loginErr := r.login(ctx, pending); loginErr == nil {
		r.Report.Changed = told
		r.Report.Note("the password was changed although the answer was lost: %v", err)
		return again.Close()
	}
	return r.unchanged(pending, err)
}

// prepare does of a change of password what can be done before the target is told.
func prepare(ctx context.Context, session Session, c Credential) (set func(context.Context) error, err error) {
	if p, ok := session.(Preparer); ok {
		return p.Prepare(ctx, c.Username, c.Password)
	}
	return func(ctx context.Context) error { return session.SetPassword(ctx, c.Username, c.Password) }, nil
}

func (r *run) unchanged(pending Credential, err error) error {
	return fmt.Errorf("changing the password of user %q at %s: %w", pending.Username, pending.address(), err)
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
		return fmt.Errorf("Attempting to modify user for host %s other than current host %s", pending.address(), current.address())
	}
	return nil
}

var errNoMaster = errors.New("masterarn key is missing from secret JSON")
