package rotator

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/secret"
)

// accounts is what the strategies have in common: both change the password of an
// account that an engine can log in to.
type accounts struct {
	engine Engine
	traits Traits
	// nextUser is whom the pending credential is for.
	nextUser func(r *Run, t Traits, current Credential) (string, error)
}

// Create implements Steps: the current value with a new password, for the user
// whose turn is next.
func (a accounts) Create(ctx context.Context, r *Run) (secret.Value, error) {
	value, err := r.Current(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	current, err := a.parse(r, value)
	if err != nil {
		return secret.Value{}, err
	}
	user, err := a.nextUser(r, a.traits, current)
	if err != nil {
		return secret.Value{}, err
	}
	password, err := r.newPassword(ctx, r.options.passwords.without(a.traits.Excluded).within(a.rules(ctx, r, current)))
	if err != nil {
		return secret.Value{}, err
	}
	if had, err := a.had(ctx, r, current, user, secret.Text(password)); err != nil || had {
		return secret.Value{}, cmp.Or(err, errHad)
	}
	if !a.traits.AsksRules { // whoever logs in before claims no sooner than it must
		current.Username = user
		r.foreseen = a.target(current)
	}
	return withLogin(value, a.traits.Keys, user, password)
}

// errHad is of a password that changes nothing: a policy may leave but one.
var errHad = errors.New("the new password is the one that the account has already")

// had tells whether a password is the one that an account has by AWSCURRENT, or by
// AWSPREVIOUS where that is the one for this user.
func (a accounts) had(ctx context.Context, r *Run, current Credential, user string, password secret.Value) (bool, error) {
	last := current
	if user != current.Username {
		previous, ok, err := a.previous(ctx, r)
		if err != nil || !ok || previous.Username != user {
			return false, err
		}
		last = previous
	}
	return last.Password.Equal(password), nil
}

// rules asks the target what it wants of passwords. Where it does not tell, a
// password that it refuses is replaced later.
func (a accounts) rules(ctx context.Context, r *Run, current Credential) Rules {
	if !a.traits.AsksRules {
		return Rules{}
	}
	session, err := a.login(ctx, r, current)
	if err != nil {
		r.Report.Note("the rules for passwords were not read: %v", err)
		return Rules{}
	}
	defer session.Close()
	ruler, ok := session.(Ruler)
	if !ok {
		return Rules{}
	}
	rules, err := ruler.Rules(ctx, current.Username)
	if err != nil {
		r.Report.Note("the rules for passwords were not read: %v", err)
	}
	return rules
}

// Test implements Steps: it logs in with the pending credential, at every node
// and reader, and does a trifle, or what the secret's owner wants to see succeed
// (rotation-functions.md, 1.7 and 16.13).
func (a accounts) Test(ctx context.Context, r *Run) error {
	_, pending, err := a.pending(ctx, r)
	if err != nil {
		return err
	}
	nodes, err := pending.nodes()
	if err != nil {
		return err
	}
	readers, err := pending.readers()
	if err != nil {
		return err
	}
	for _, node := range nodes {
		if err := a.try(ctx, r, pending.at(node), a.login); err != nil {
			return err
		}
	}
	for _, reader := range readers {
		if err := a.try(ctx, r, pending.at(reader), a.loginAtReader); err != nil {
			return err
		}
	}
	return nil
}

// try logs in with the pending credential, and makes use of it.
func (a accounts) try(ctx context.Context, r *Run, pending Credential, login func(context.Context, *Run, Credential) (Session, error)) error {
	session, err := login(ctx, r, pending)
	if err != nil {
		return fmt.Errorf("Unable to log into database with pending secret of secret ARN %s: %w", r.SecretID, err)
	}
	if r.Report.TLS != "" {
		r.Report.Note("the new credential logged in to %s over %s", pending.Address(), r.Report.TLS)
	}
	return errors.Join(session.Test(ctx, r.options.statement), session.Close())
}

func (a accounts) parse(r *Run, v secret.Value) (Credential, error) {
	c, err := parse(v, a.traits, r.Config)
	if err == nil {
		r.Saw(string(c.Password.Reveal()))
	}
	return c, err
}

func (a accounts) login(ctx context.Context, r *Run, c Credential) (Session, error) {
	return a.engine.Login(ctx, c, r.Report)
}

func (a accounts) current(ctx context.Context, r *Run) (Credential, error) {
	v, err := r.Current(ctx)
	if err != nil {
		return Credential{}, err
	}
	return a.parse(r, v)
}

// pending reads the pending value, as it is and as a login.
func (a accounts) pending(ctx context.Context, r *Run) (secret.Value, Credential, error) {
	v, err := r.Pending(ctx)
	if err != nil {
		return secret.Value{}, Credential{}, err
	}
	c, err := a.parse(r, v)
	return v, c, err
}

// previous is the login before the current one; false when there is none, or
// when it is no login: a first version often lacks engine and host.
func (a accounts) previous(ctx context.Context, r *Run) (Credential, bool, error) {
	v, ok, err := r.Previous(ctx)
	if err != nil || !ok {
		return Credential{}, false, err
	}
	c, parseErr := a.parse(r, v)
	return c, parseErr == nil, nil
}
