package rotator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alberti-dev/alberti/secret"
)

var (
	errNoMaster = errors.New("masterarn key is missing from secret JSON")

	// ErrNotAllowed is, or is wrapped by, the error of a Session whose user may not
	// change the password: the administrator has to.
	ErrNotAllowed = errors.New("the user may not change the password")
)

// MasterARN is the secret of the administrator. Whoever may write the value could
// name any secret there, so where a tag names one the two must agree
// (rotation-functions.md, 16.9). It is empty when nothing names one.
func (r *Run) MasterARN(current Credential) (string, error) {
	switch {
	case r.options.master == "":
		return current.MasterARN, nil
	case current.MasterARN == "" || current.MasterARN == r.options.master:
		return r.options.master, nil
	}
	return "", fmt.Errorf("masterarn of the secret JSON, %s, is not the administrator that tag %s names", current.MasterARN, TagMaster)
}

// administrator logs in as the administrator at one of the places of the current
// credential. It goes nowhere but where the administrator's own secret says it
// belongs: else whoever may write this secret could have the administrator's
// password sent to any server. The caller has made sure that the secret is
// entitled to the user's account; to the administrator's own none is but its own
// secret, which would not log in any more.
func (a accounts) administrator(ctx context.Context, r *Run, current Credential, user string) (Session, error) {
	master, arn, err := a.master(ctx, r, current)
	if err != nil {
		return nil, err
	}
	return a.loginAs(ctx, r, master, arn, current, user)
}

// loginAs is administrator with a login that was read from the secret arn.
func (a accounts) loginAs(ctx context.Context, r *Run, master Credential, arn string, current Credential, user string) (Session, error) {
	if !master.covers(current.place()) {
		return nil, fmt.Errorf("Current database host %s is not the same host as/rds replica of master %s", current.Address(), master.Address())
	}
	own := fmt.Errorf("user %s is the administrator, whose password only its own secret %s changes", user, arn)
	if a.traits.sameUser(master.Username, user) {
		return nil, own
	}
	master = master.at(current.place())
	master.Database = current.Database
	session, err := a.login(ctx, r, master)
	if err != nil {
		return nil, fmt.Errorf("Unable to log into database using credentials in master secret %s: %w", arn, err)
	}
	if same, err := sameAs(ctx, session, master.Username, user); same || err != nil {
		session.Close()
		return nil, cmp.Or(err, own)
	}
	return session, nil
}

// master reads the administrator's login, and gives the secret that it is of.
func (a accounts) master(ctx context.Context, r *Run, current Credential) (master Credential, arn string, err error) {
	if arn, err = r.MasterARN(current); err != nil {
		return Credential{}, arn, err
	}
	if arn == "" {
		return Credential{}, arn, errNoMaster
	}
	value, err := r.Secrets.GetSecretValue(ctx, arn, "", secret.Current)
	if err == nil {
		master, err = a.parse(r, value)
	}
	if err != nil {
		return Credential{}, arn, fmt.Errorf("master secret %s: %w", arn, err)
	}
	return master, arn, nil
}

// covers tells whether a place is one of the credential's own.
func (c Credential) covers(p place) bool {
	nodes, err := c.nodes()
	return err == nil && slices.ContainsFunc(nodes, p.same)
}

// rescue logs in as the administrator, when no password of the account is known
// any more. Then nothing that the value says proves that the account is the
// secret's: a tag has to name both, and the administrator's secret every place that
// will be told.
func (a accounts) rescue(ctx context.Context, r *Run, current Credential, told []place, refusal error) (Session, error) {
	if r.options.master == "" || r.options.username != current.Username {
		return nil, fmt.Errorf("Unable to log into database with previous, current, or pending secret of secret arn %s: %w", r.SecretID, refusal)
	}
	master, arn, err := a.master(ctx, r, current)
	if err == nil {
		err = candidate{master, "the administrator's secret", true}.entitles(told)
	}
	var session Session
	if err == nil {
		session, err = a.loginAs(ctx, r, master, arn, current, current.Username)
	}
	if err != nil {
		return nil, fmt.Errorf("%w (after the user's own passwords were refused: %w)", err, refusal)
	}
	r.Report.Note("no password of user %s is in force: the administrator gives it a new one", current.Username)
	return session, nil
}
