package rotator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/secret"
)

// SingleUser is the strategy in which a user changes its own password
// (rotation-functions.md, 1.5), or the administrator named by masterarn does
// where the user may not.
func SingleUser(e Engine, c Config) contract.Function {
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
	account          Credential // the pending one, where its value says
	told             []place    // all that will hear of the new password
}

func (a accounts) change(ctx context.Context, r *Run) (change, error) {
	current, err := a.current(ctx, r)
	if err != nil {
		return change{}, err
	}
	value, pending, err := a.pending(ctx, r)
	if err != nil {
		return change{}, err
	}
	told, err := current.told()
	if err != nil {
		return change{}, err
	}
	more, err := pending.told()
	return change{a, r, value, current, pending, pending, append(told, more...)}, err
}

// at is the change at one node.
func (c change) at(p place) change {
	c.current, c.pending = c.current.at(p), c.pending.at(p)
	return c
}

// claim makes this the only rotation at work on the account, whose nodes are one.
func (c change) claim(ctx context.Context) error { return c.accounts.claim(ctx, c.run, c.account) }

// claimBy likewise, once there is a session.
func (c change) claimBy(ctx context.Context, s Session) error {
	return c.accounts.claimBy(ctx, c.run, s, c.account)
}

// hashing begins to hash the pending password, where the engine can.
func (c change) hashing() (_ change, wait func()) {
	h, ok := c.engine.(Hasher)
	if !ok {
		return c, func() {}
	}
	c.engine, wait = h.Hashing(c.pending.Password)
	return c, wait
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
	if err := c.claim(ctx); err != nil {
		return err
	}
	c, wait := c.hashing()
	defer wait()
	return c.setAll(ctx, nodes)
}

// setAll logs in at every node before it changes the first: one that is down must
// not leave AWSCURRENT refused at the others. Where a change fails all the same,
// those that have the new password get the old one back.
func (c change) setAll(ctx context.Context, nodes []place) error {
	var doors []door
	defer func() {
		for _, d := range doors {
			d.session.Close()
		}
	}()
	told := c.run.Again // of an attempt before
	err := func() error {
		for _, node := range nodes {
			d, err := c.at(node).open(ctx)
			if err != nil {
				return err
			}
			doors = append(doors, d)
			if err := c.claimBy(ctx, d.session); err != nil {
				told = false // and the account is another rotation's to change
				return err
			}
		}
		for _, d := range doors {
			told = true
			if err := d.set(ctx); err != nil {
				return err
			}
		}
		return nil
	}()
	if err == nil || !told || len(nodes) == 1 {
		return err
	}
	return c.undo(ctx, nodes, err)
}

// door is a session at one node, by the password that was found in force there.
type door struct {
	change
	session Session
	found   Credential // empty where the administrator came to the rescue
}

// open finds out which password is in force by logging in (candidates.go).
func (c change) open(ctx context.Context) (door, error) {
	session, found, err := c.enter(ctx, c.run, c.candidates(ctx, c.run, c.current, c.pending))
	if refused(err) {
		session, err = c.rescue(ctx, c.run, c.current, c.told, err)
		return door{c, session, Credential{}}, err
	}
	if err != nil {
		return door{}, err
	}
	if err := found.entitles(c.told); err != nil {
		session.Close()
		return door{}, err
	}
	return door{c, session, c.current.with(found.Password)}, nil
}

// set changes the password.
func (d door) set(ctx context.Context) error {
	if d.found.Username != "" && d.found.Password.Equal(d.pending.Password) {
		d.run.Report.Note("the pending password is in force already")
		d.run.Report.Found = true
		return nil
	}
	tell, err := prepare(ctx, d.session, d.pending, d.found)
	if err != nil {
		return d.unchanged(err)
	}
	if err := d.run.Guard.Sending(ctx, d.value); err != nil {
		return err
	}
	told := d.run.Now()
	kept, err := tell(ctx)
	if errors.Is(err, ErrNotAllowed) {
		kept, err = d.byAdministrator(ctx, err, func(admin Session) (bool, error) {
			if tell, err = prepare(ctx, admin, d.pending, d.found); err != nil {
				return false, err
			}
			return tell(ctx)
		})
	}
	return d.done(ctx, told, kept, err)
}

// byAdministrator has the administrator do what the user may not. That the user's
// own login works entitles the secret to that.
func (c change) byAdministrator(ctx context.Context, refusal error, do func(Session) (bool, error)) (kept bool, err error) {
	admin, err := c.administrator(ctx, c.run, c.current, c.pending.Username)
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
