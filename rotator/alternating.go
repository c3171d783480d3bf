package rotator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/rotation/contract"
)

// AlternatingUsers is the strategy of two users who take turns: the administrator
// named by masterarn makes, or renews, the one that is not in use. Both
// credentials work all the time (rotation-functions.md, 1.6).
func AlternatingUsers(e Engine, c Config) contract.Function {
	return New(c, alternatingUsers{accounts{e, e.Traits(), otherUser}})
}

type alternatingUsers struct{ accounts }

// otherUser is the user that is not in use: the other of the two that tags name,
// or the name with or without the mark. Its length counts in bytes, as servers
// count, where AWS counts characters.
func otherUser(r *Run, t Traits, current Credential) (string, error) {
	if master, err := r.MasterARN(current); err != nil || master == "" {
		return "", cmp.Or(err, errNoMaster)
	}
	if r.options.alternate != "" {
		return r.options.otherThan(t, current.Username)
	}
	if base, marked := strings.CutSuffix(current.Username, t.CloneMark); marked && base != "" {
		return base, nil
	}
	name := current.Username + t.CloneMark
	if t.MaxUser > 0 && len(name) > t.MaxUser {
		return "", fmt.Errorf("Unable to clone user, username length with %s appended would exceed %d characters", t.CloneMark, t.MaxUser)
	}
	return name, nil
}

// turn is one user's turn: the change of its account, which the other's is like.
type turn struct{ change }

// Set makes or renews the other user, at every node.
func (f alternatingUsers) Set(ctx context.Context, r *Run) error {
	c, err := f.change(ctx, r)
	if err != nil {
		return err
	}
	other, err := otherUser(r, f.traits, c.current)
	if err != nil {
		return err
	}
	if c.pending.Username != other {
		return fmt.Errorf("Attempting to modify user %s other than current user or clone %s", c.pending.Username, other)
	}
	if err := sameServer(c.pending, c.current); err != nil {
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
	for _, node := range nodes {
		if err := (turn{c.at(node)}).set(ctx); err != nil {
			return err
		}
	}
	return nil
}

// set renews the other user by the administrator, once it is sure that the secret
// is entitled to: a credential of its own works for the user in use.
func (t turn) set(ctx context.Context) error {
	session, found, err := t.enter(ctx, t.run, t.inUse(ctx, t.run, t.current))
	if err != nil {
		return fmt.Errorf("Unable to log into database using current credentials for secret %s: %w", t.run.SecretID, err)
	}
	session.Close()
	if err := found.entitles(t.told); err != nil {
		return err
	}
	admin, err := t.administrator(ctx, t.run, t.current, t.pending.Username)
	if err != nil {
		return err
	}
	defer admin.Close()
	if err := t.claimBy(ctx, admin); err != nil {
		return err
	}
	cloner, ok := admin.(Cloner)
	if !ok {
		return errors.New("this engine cannot alternate users")
	}
	return t.renew(ctx, cloner)
}

// renew makes the other user, or gives it the new password, and brings its
// privileges level. Where an earlier attempt has set the password, the
// privileges are still looked at: it may have stopped in between.
func (t turn) renew(ctx context.Context, admin Cloner) error {
	if t.run.Again {
		session, err := t.login(ctx, t.run, t.pending)
		if err == nil {
			t.run.Report.Note("the pending password is in force already")
			return errors.Join(session.Close(), admin.Level(ctx, t.current.Username, t.pending.Username))
		}
		if !refused(err) {
			return err
		}
	}
	known, err := t.previousOpens(ctx)
	if err != nil {
		return err
	}
	if err := t.run.Guard.Sending(ctx, t.value); err != nil {
		return err
	}
	owner := Owner{SecretARN: t.run.SecretID, Known: known, Adopt: t.run.options.adopt, Existing: t.run.options.existing}
	if err := admin.Clone(ctx, t.current.Username, t.pending.Username, t.pending.Password, owner); err != nil {
		return fmt.Errorf("user %q at %s: %w", t.pending.Username, t.pending.Address(), err)
	}
	return nil
}

// previousOpens tells whether AWSPREVIOUS logs in as the user that is to be
// changed: then the user is one of this pair. Its name alone would not do, for
// whoever may write the secret may write any name there.
func (t turn) previousOpens(ctx context.Context) (bool, error) {
	previous, ok, err := t.previous(ctx, t.run)
	if err != nil || !ok || previous.Username != t.pending.Username || !previous.covers(t.pending.place()) {
		return false, err
	}
	session, err := t.login(ctx, t.run, t.pending.with(previous.Password))
	if failedFor(err, Refused, Locked, Expired) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, session.Close()
}
