package activedirectory

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// WithKeytabs makes the function of a user whose keytabs are secrets of their own,
// named by the keytabArns of the password's secret (rotation-functions.md, 13).
// They are promoted before the password: whatever stops it, a later attempt finds
// what is left to do.
func WithKeytabs(c rotator.Config, k Keys) contract.Function { return withKeytabs{single{c, k}} }

type withKeytabs struct{ single }

// Invoke implements contract.Function: what a password needs, and around it what
// keytabs do.
func (f withKeytabs) Invoke(ctx context.Context, e contract.Event) error {
	engine, err := f.engine(ctx, e)
	if err != nil {
		return err
	}
	password := rotator.SingleUser(engine, f.Config)
	keytabs := keytabs{engine, f.keys}
	after := rotator.New(f.Config, keytabs)
	switch e.Step {
	case secret.SetSecret:
		return inTurn(ctx, e, rotator.New(f.Config, checks{keytabs}), password, after)
	case secret.TestSecret:
		return inTurn(ctx, e, password, after)
	case secret.FinishSecret:
		return after.Invoke(ctx, e)
	}
	return password.Invoke(ctx, e)
}

func inTurn(ctx context.Context, e contract.Event, functions ...contract.Function) error {
	for _, f := range functions {
		if err := f.Invoke(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// keytabs are the steps of the keytabs of a user.
type keytabs struct {
	engine Engine
	keys   Keys
}

// checks are those steps, but for the look at the children before anything is
// changed: a keytab that cannot be made must not be found out afterwards.
type checks struct{ keytabs }

// Set implements rotator.Steps.
func (f checks) Set(ctx context.Context, r *rotator.Run) error {
	return f.each(ctx, r, func(id string) error {
		c, err := f.current(ctx, r, id)
		if err == nil {
			_, err = f.wanted(c)
		}
		return err
	})
}

// Create implements rotator.Steps; it is the password's.
func (f keytabs) Create(context.Context, *rotator.Run) (secret.Value, error) {
	return secret.Value{}, errors.New("a keytab is made after its password")
}

// Set implements rotator.Steps: it gives each child a keytab of the password,
// which is in force by now.
func (f keytabs) Set(ctx context.Context, r *rotator.Run) error {
	s, err := f.login(ctx, r)
	if err != nil {
		return err
	}
	defer s.Close()
	return f.each(ctx, r, func(id string) error {
		c, err := f.current(ctx, r, id)
		if err != nil {
			return err
		}
		return f.renew(ctx, r, s, c)
	})
}

// Test implements rotator.Steps: it logs in with each keytab, as kinit -k does.
func (f keytabs) Test(ctx context.Context, r *rotator.Run) error {
	s, err := f.login(ctx, r)
	if err != nil {
		return err
	}
	defer s.Close()
	return f.each(ctx, r, func(id string) error {
		c, _, err := f.made(ctx, r, id)
		if err != nil {
			return err
		}
		if version := versionIn(c.keytab); version != s.own.version {
			return fmt.Errorf("its keytab has version %d of the key, and the account has %d: the password was set again meanwhile", version, s.own.version)
		}
		_, err = s.kdc().login(ctx, s.own.name, keytabKeys(c.keytab))
		return loginError(s.login, err)
	})
}

// Finish implements rotator.Finisher: it promotes the children, before the label
// of the password moves.
func (f keytabs) Finish(ctx context.Context, r *rotator.Run) error {
	return f.each(ctx, r, func(id string) error {
		c, version, err := f.made(ctx, r, id)
		if err != nil {
			return err
		}
		from := holder(c.stages, secret.Current)
		if from == version {
			return nil
		}
		return r.Secrets.UpdateSecretVersionStage(ctx, id, secret.Current, version, from)
	})
}

// login logs in with the pending password and sees to it that all is known that
// goes into a keytab.
func (f keytabs) login(ctx context.Context, r *rotator.Run) (*session, error) {
	value, err := r.Pending(ctx)
	if err != nil {
		return nil, err
	}
	c, err := r.Credential(value, f.engine.Traits())
	if err != nil {
		return nil, err
	}
	opened, err := f.engine.Login(ctx, c, r.Report)
	if err != nil {
		return nil, err
	}
	s := opened.(*session)
	switch {
	case s.said == nil:
		err = fmt.Errorf("a keytab needs a KDC, and there is none at %s", s.kdc().address)
	case s.own.version == 0:
		err = errors.New("the user may not read its own msDS-KeyVersionNumber, which goes into its keytabs")
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// each does something to every child. One that fails does not keep the others
// from it.
func (f keytabs) each(ctx context.Context, r *rotator.Run, do func(id string) error) error {
	ids, err := f.children(ctx, r)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		if err := do(id); err != nil {
			failed = append(failed, fmt.Errorf("keytab %s: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

// children are the secrets that the pending value names.
func (f keytabs) children(ctx context.Context, r *rotator.Run) (ids []string, err error) {
	value, err := r.Pending(ctx)
	if err != nil {
		return nil, err
	}
	var members map[string]jsontext.Value
	if value.IsBinary() || json.Unmarshal(value.Reveal(), &members) != nil || json.Unmarshal(members[f.keys.KeytabArns], &ids) != nil {
		return nil, fmt.Errorf("%s key is missing from secret JSON, or is not a list of texts", f.keys.KeytabArns)
	}
	return ids, nil
}

// holder is the version that a label is on.
func holder(stages map[string][]string, label string) string {
	for version, labels := range stages {
		for _, l := range labels {
			if l == label {
				return version
			}
		}
	}
	return ""
}
