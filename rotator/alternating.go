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
	return New(c, alternatingUsers{accounts{e, e.Traits(), otherUser}})
}

type alternatingUsers struct{ accounts }

var errNoMaster = errors.New("masterarn key is missing from secret JSON")

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
	if t.MaxUser > 0 && len(name) > t.MaxUser {
		return "", fmt.Errorf("Unable to clone user, username length with %s appended would exceed %d characters", t.CloneMark, t.MaxUser)
	}
	return name, nil
}

// Set makes or renews the other user.
func (f alternatingUsers) Set(ctx context.Context, r *Run) error {
	current, err := f.current(ctx, r)
	if err != nil {
		return err
	}
	value, pending, err := f.pending(ctx, r)
	if err != nil {
		return err
	}
	other, err := otherUser(f.traits, current)
	if err != nil {
		return err
	}
	if pending.Username != other {
		return fmt.Errorf("Attempting to modify user %s other than current user or clone %s", pending.Username, other)
	}
	if err := sameServer(pending, current); err != nil {
		return err
	}
	if err := f.claim(ctx, r, pending); err != nil {
		return err
	}
	admin, err := f.administrator(ctx, r, current)
	if err != nil {
		return err
	}
	defer admin.Close()
	cloner, ok := admin.(Cloner)
	if !ok {
		return errors.New("this engine cannot alternate users")
	}
	return f.renew(ctx, r, cloner, value, current, pending)
}

// administrator logs in as the administrator, once it is sure that the secret
// is entitled to: a credential of its own works for the user in use, and it is
// for the same server. Else whoever may write this secret could turn the administrator
// against any server.
func (f alternatingUsers) administrator(ctx context.Context, r *Run, current Credential) (Session, error) {
	session, _, err := f.enter(ctx, r, f.inUse(ctx, r, current))
	if err != nil {
		return nil, fmt.Errorf("Unable to log into database using current credentials for secret %s: %w", r.SecretID, err)
	}
	session.Close()
	value, err := r.Secrets.GetSecretValue(ctx, current.MasterARN, "", secret.Current)
	if err != nil {
		return nil, fmt.Errorf("master secret %s: %w", current.MasterARN, err)
	}
	master, err := f.parse(r, value)
	if err != nil {
		return nil, fmt.Errorf("master secret %s: %w", current.MasterARN, err)
	}
	if !current.sameHost(master) {
		return nil, fmt.Errorf("Current database host %s is not the same host as/rds replica of master %s", current.Address(), master.Address())
	}
	master.Database = current.Database
	admin, err := f.login(ctx, r, master)
	if err != nil {
		return nil, fmt.Errorf("Unable to log into database using credentials in master secret %s: %w", current.MasterARN, err)
	}
	return admin, nil
}

// renew makes the other user, or gives it the new password, and brings its
// privileges level. Where an earlier attempt has set the password, the
// privileges are still looked at: it may have stopped in between.
func (f alternatingUsers) renew(ctx context.Context, r *Run, admin Cloner, value secret.Value, current, pending Credential) error {
	if r.Again {
		session, err := f.login(ctx, r, pending)
		if err == nil {
			r.Report.Note("the pending password is in force already")
			return errors.Join(session.Close(), admin.Level(ctx, current.Username, pending.Username))
		}
		if !refused(err) {
			return err
		}
	}
	known, err := f.previousOpens(ctx, r, pending)
	if err != nil {
		return err
	}
	if err := r.Guard.Sending(ctx, value); err != nil {
		return err
	}
	owner := Owner{SecretARN: r.SecretID, Known: known}
	if err := admin.Clone(ctx, current.Username, pending.Username, pending.Password, owner); err != nil {
		return fmt.Errorf("user %q at %s: %w", pending.Username, pending.Address(), err)
	}
	return nil
}

// previousOpens tells whether AWSPREVIOUS logs in as the user that is to be
// changed: then the user is one of this pair. Its name alone would not do, for
// whoever may write the secret may write any name there.
func (f alternatingUsers) previousOpens(ctx context.Context, r *Run, pending Credential) (bool, error) {
	previous, ok, err := f.previous(ctx, r)
	if err != nil || !ok || sameAccount(pending, previous) != nil {
		return false, err
	}
	session, err := f.login(ctx, r, previous)
	if refused(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, session.Close()
}
