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
// found out by logging in: pending, if an earlier attempt got this far; else
// current; else previous, if the label moved back. Only a refusal leads from one
// to the next: a server that cannot be reached says nothing about passwords.
func setSingle(ctx context.Context, r *run, s Secrets) error {
	current, pending, err := r.pair(ctx, s)
	if err != nil {
		return err
	}
	if err := sameAccount(pending, current); err != nil {
		return err
	}
	candidates := []Credential{pending, current}
	previous, ok, err := r.previous(ctx, s)
	if err != nil {
		return err
	}
	if ok && sameAccount(pending, previous) == nil {
		previous.TLS = current.TLS
		candidates = append(candidates, previous)
	}
	var refusal error
	for i, c := range candidates {
		session, err := r.login(ctx, c)
		if refused(err) {
			refusal = err
			continue
		}
		if err != nil {
			return err
		}
		if i == 0 {
			r.Report.Note("the pending password is in force already")
			return session.Close()
		}
		return r.setPassword(ctx, session, pending)
	}
	return fmt.Errorf("Unable to log into database with previous, current, or pending secret of secret arn %s: %w", r.SecretID, refusal)
}

// setPassword changes the password, and finds out whether it changed when the
// answer was lost.
func (r *run) setPassword(ctx context.Context, session Session, pending Credential) error {
	err := session.SetPassword(ctx, pending.Username, pending.Password)
	session.Close()
	if err == nil {
		r.changed()
		return nil
	}
	if again, loginErr := r.login(ctx, pending); loginErr == nil {
		r.changed()
		r.Report.Note("the password was changed although the answer was lost: %v", err)
		return again.Close()
	}
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
