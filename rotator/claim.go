package rotator

import (
	"context"
	"strings"

	"github.com/alberti-dev/alberti/rotation/contract"
)

// Identifier is a Session of a target where one account has several names, and
// which of them are one only the target knows. Where a name says so by itself,
// Traits.Account is enough.
type Identifier interface {
	// Account gives a name that is the same for all names of the user's account, and
	// no other account's. Everywhere tells that no account of another server has it
	// either, so that several servers of one directory are one.
	Account(ctx context.Context, user string) (name string, everywhere bool, err error)
}

// claim makes this the only rotation at work on the account of a credential, as
// far as it can be told from others before anybody is logged in.
func (a accounts) claim(ctx context.Context, r *Run, c Credential) error {
	return r.claim(ctx, a.target(c))
}

// target is the account of a credential. What the secret calls the engine is no
// part of it: a MariaDB may be a mysql to another secret, and one place has one
// server (rotation-functions.md, 16.11).
func (a accounts) target(c Credential) contract.Target {
	host := c.place().claimed()
	return contract.Target{Host: host, Account: host + " " + a.traits.account(c.Username)}
}

// claimBy likewise, by the name that a session knows the account by: nothing may be
// changed before. It takes the place of what was claimed before the login.
func (a accounts) claimBy(ctx context.Context, r *Run, session Session, c Credential) error {
	s, ok := session.(Identifier)
	if !ok {
		return a.claim(ctx, r, c)
	}
	name, everywhere, err := s.Account(ctx, c.Username)
	if err != nil {
		return err
	}
	host := c.place().claimed()
	if !everywhere {
		name = host + " " + name
	}
	return r.claim(ctx, contract.Target{Host: host, Account: name})
}

// claim asks the guard, once.
func (r *Run) claim(ctx context.Context, t contract.Target) error {
	if t == r.claimed {
		return nil
	}
	err := r.Guard.Claim(ctx, t)
	if err == nil {
		r.claimed = t
	}
	return err
}

// sameAs tells whether a session knows one account by two names.
func sameAs(ctx context.Context, session Session, user, other string) (bool, error) {
	s, ok := session.(Identifier)
	if !ok {
		return false, nil
	}
	name, _, err := s.Account(ctx, user)
	if err != nil {
		return false, err
	}
	another, _, err := s.Account(ctx, other)
	return name == another, err
}

// sameUser tells whether two names are, or may be, one user's: many a target knows
// no case, even where its engine does not say so.
func (t Traits) sameUser(a, b string) bool {
	return strings.EqualFold(a, b) || t.account(a) == t.account(b)
}

// account is the one name of a user, as far as a name says so by itself.
func (t Traits) account(user string) string {
	if t.Account == nil {
		return user
	}
	return t.Account(user)
}
