package rotator

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/secret"
)

// AlternatingUsers is the strategy of two users who take turns: the administrator
// named by masterarn makes, or renews, the one that is not in use. Both
// credentials work all the time (rotation-functions.md, 1.6).
func AlternatingUsers(e Engine, c Config) rotation.Function {
	return &function{Config: c, engine: e, set: setAlternating, nextUser: otherUser}
}

// otherUser is the user that is not in use: the name with or without the mark.
// Its length counts in bytes, as servers count, where AWS counts characters.
func otherUser(t Traits, current Credential) (string, error) {
	if current.MasterARN == "" {
		return "", errNoMaster
	}
	if base, marked := strings.CutSuffix(current.Username, t.CloneMark); marked && base != "" {
		return base, nil
	}
	name := current.Username + t.CloneMark
	if len(name) > t.MaxUser {
		return "", fmt.Errorf("Unable to clone user, username length with %s appended would exceed %d characters", t.CloneMark, t.MaxUser)
	}
	return name, nil
}

func setAlternating(ctx context.Context, r *run, s Secrets) error {
	current, pending, err := r.pair(ctx, s)
	if err != nil {
		return err
	}
	other, err := otherUser(r.traits, current)
	if err != nil {
		return err
	}
	if pending.Username != other {
		return fmt.Errorf("Attempting to modify user %s other than current user or clone %s", pending.Username, other)
	}
	if err := sameServer(pending, current); err != nil {
		return err
	}
	if err := r.claim(ctx, pending); err != nil {
		return err
	}
	admin, err := r.administrator(ctx, s, current)
	if err != nil {
		return err
	}
	defer admin.Close()
	cloner, ok := admin.(Cloner)
	if !ok {
		return errors.New("this engine cannot alternate users")
	}
	return r.renew(ctx, s, cloner, current, pending)
}

// administrator logs in as the administrator, once it is sure that the secret
// is entitled to: a credential of its own works for the user in use, and it is
// for the same server. Else whoever may write this secret could turn the administrator
// against any server.
func (r *run) administrator(ctx context.Context, s Secrets, current Credential) (Session, error) {
	session, _, err := r.enter(ctx, r.inUse(ctx, s, current))
	if err != nil {
		return nil, fmt.Errorf("Unable to log into database using current credentials for secret %s: %w", r.SecretID, err)
	}
	session.Close()
	master, err := r.credential(ctx, s, current.MasterARN, "", secret.Current)
	if err != nil {
		return nil, fmt.Errorf("master secret %s: %w", current.MasterARN, err)
	}
	if !current.sameHost(master) {
		return nil, fmt.Errorf("Current database host %s is not the same host as/rds replica of master %s", current.address(), master.address())
	}
	master.Database = current.Database
	admin, err := r.login(ctx, master)
	if err != nil {
		return nil, fmt.Errorf("Unable to log into database using credentials in master secret %s: %w", current.MasterARN, err)
	}
	return admin, nil
}

// renew makes the other user, or gives it the new password, and brings its
// privileges level. Where an earlier attempt has set the password, the
// privileges are still looked at: it may have stopped in between.
func (r *run) renew(ctx context.Context, s Secrets, admin Cloner, current, pending Credential) error {
	if r.Again {
		session, err := r.login(ctx, pending)
		if err == nil {
			r.Report.Note("the pending password is in force already")
			return errors.Join(session.Close(), admin.Level(ctx, current.Username, pending.Username))
		}
		if !refused(err) {
			return err
		}
	}
	known, err := r.previousOpens(ctx, s, pending)
	if err != nil {
		return err
	}
	if err := r.Guard.Sending(ctx, r.value); err != nil {
		return err
	}
	owner := Owner{SecretARN: r.SecretID, Known: known}
	if err := admin.Clone(ctx, current.Username, pending.Username, pending.Password, owner); err != nil {
		return fmt.Errorf("user %q at %s: %w", pending.Username, pending.address(), err)
	}
	return nil
}

// previousOpens tells whether AWSPREVIOUS logs in as the user that is to be
// changed: then the user is one of this pair. Its name alone would not do, for
// whoever may write the secret may write any name there.
func (r *run) previousOpens(ctx context.Context, s Secrets, pending Credential) (bool, error) {
	previous, ok, err := r.previous(ctx, s)
	if err != nil || !ok || sameAccount(pending, previous) != nil {
		return false, err
	}
	session, err := r.login(ctx, previous)
	if refused(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, session.Close()
}
