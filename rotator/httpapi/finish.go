package httpapi

import (
	"context"
	"slices"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Finish implements rotator.Finisher: it ends the credentials that have had their
// time, before the label moves, since there is no second chance afterwards. A
// finish that is repeated ends them again, so the description's revoke should
// expect the status that the server has for those that are gone, such as 404.
func (a *api) Finish(ctx context.Context, r *rotator.Run) error {
	if a.revoke == nil {
		return nil
	}
	current, err := a.read(r)(r.Current(ctx))
	if err != nil {
		return err
	}
	pending, err := a.read(r)(r.Pending(ctx))
	if err != nil {
		return err
	}
	kept := []secret.Value{pending}
	old, err := a.outdated(ctx, r)
	if err != nil {
		return err
	}
	if a.Keep == keepFinish {
		old = append(old, current)
		r.Report.Changed = r.Now() // until the label has moved, nobody else has a credential
	} else {
		kept = append(kept, current)
	}
	for _, v := range old {
		ours, err := a.mayEnd(ctx, r, v, current)
		if err != nil {
			return err
		}
		if !ours {
			r.Report.Note("an old credential stays in force: it is for another account, or the administrator would have to end what Alberti did not make")
			continue
		}
		if err := a.end(ctx, r, v, pending, kept); err != nil {
			return err
		}
	}
	return nil
}

// mayEnd tells whether an old credential is this secret's to end. Where an
// administrator does it, Alberti must have made it: whoever may write the secret
// could else name anybody's.
func (a *api) mayEnd(ctx context.Context, r *rotator.Run, old, current secret.Value) (bool, error) {
	if !a.sameAccount(old, current) || a.Admin == "" {
		return a.sameAccount(old, current), nil
	}
	sent, err := r.Guard.Sent(ctx)
	return slices.ContainsFunc(sent, func(v secret.Value) bool { return a.sameCredential(v, old) }), err
}

// end revokes an old credential, unless it is one that is still needed: a version
// may differ from another in other things than the credential.
func (a *api) end(ctx context.Context, r *rotator.Run, old, pending secret.Value, kept []secret.Value) error {
	d, err := a.data(ctx, r, old, pending)
	if err != nil {
		return err
	}
	asked, err := a.revoke.fill(d)
	if err != nil {
		r.Report.Note("a version of the secret has no credential that could be revoked")
		return nil
	}
	for _, v := range kept {
		d, err := a.data(ctx, r, v, pending)
		if err != nil {
			return err
		}
		if same, err := a.revoke.fill(d); err != nil || same.same(asked) {
			return err
		}
	}
	if _, err := a.send(ctx, r, a.revoke, d); err != nil {
		return err
	}
	r.Report.Note("an old credential was revoked")
	return nil
}

// outdated are the values from AWSPREVIOUS on that are neither current nor
// pending: the previous one, and those of rotations that came to nothing. What is
// older was ended by earlier rotations.
func (a *api) outdated(ctx context.Context, r *rotator.Run) (old []secret.Value, err error) {
	d, err := r.Secrets.DescribeSecret(ctx, r.SecretID)
	if err != nil {
		return nil, err
	}
	versions, err := r.Secrets.ListSecretVersionIDs(ctx, r.SecretID)
	if err != nil {
		return nil, err
	}
	from := slices.IndexFunc(versions, func(id string) bool { return slices.Contains(d.Stages[id], secret.Previous) })
	for _, id := range versions[max(from, 0):] {
		if id == r.Token || slices.Contains(d.Stages[id], secret.Current) {
			continue
		}
		v, err := a.read(r)(r.Secrets.GetSecretValue(ctx, r.SecretID, id, ""))
		if fault.KindOf(err) == fault.NotFound {
			continue // it has no value, or went meanwhile
		}
		if err == nil && slices.ContainsFunc(old, v.Equal) {
			continue
		}
		if err != nil {
			return nil, err
		}
		old = append(old, v)
	}
	return old, nil
}
