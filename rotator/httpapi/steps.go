package httpapi

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Create implements rotator.Steps. Where the server makes the credential, what it
// answered is in the journal before anything else can fail. A create that was cut
// off before that may leave a credential behind that nobody knows: the cleanup
// request is for it.
func (a *api) Create(ctx context.Context, r *rotator.Run) (secret.Value, error) {
	current, err := a.read(r)(r.Current(ctx))
	if err != nil {
		return secret.Value{}, err
	}
	draft, err := a.draft(ctx, r, current)
	if err != nil || a.create == nil {
		return draft, err
	}
	if err := a.claim(ctx, r, draft); err != nil {
		return secret.Value{}, err
	}
	inForce, err := a.prove(ctx, r, a.likely(ctx, r, current, secret.Value{}))
	if err != nil {
		return secret.Value{}, err
	}
	d, err := a.data(ctx, r, draft, inForce)
	if err != nil {
		return secret.Value{}, err
	}
	if a.cleanup != nil {
		if _, err := a.send(ctx, r, a.cleanup, d); err != nil {
			return secret.Value{}, err
		}
	}
	body, err := a.send(ctx, r, a.create, d)
	if err != nil {
		return secret.Value{}, err
	}
	members, err := a.extracted(r, body)
	if err != nil {
		return secret.Value{}, err
	}
	pending, err := rotator.With(draft, members...)
	if err != nil {
		return secret.Value{}, err
	}
	return pending, r.Guard.Sending(ctx, pending)
}

// draft is the current value for the slot whose turn is next, with a new password
// where Alberti makes it.
func (a *api) draft(ctx context.Context, r *rotator.Run, current secret.Value) (secret.Value, error) {
	var members []rotator.Member
	if a.Slots != nil {
		old, err := rotator.Members(current)
		if err != nil {
			return secret.Value{}, err
		}
		members = append(members, rotator.TextMember(a.Slots.Key, a.nextSlot(rotator.TextOf(old, a.Slots.Key))))
	}
	if a.Generate != "" {
		password, err := r.NewPassword(ctx, a.Exclude)
		if err != nil {
			return secret.Value{}, err
		}
		members = append(members, rotator.TextMember(a.Generate, password))
	}
	return rotator.With(current, members...)
}

// Set implements rotator.Steps. What the server made is in force already.
func (a *api) Set(ctx context.Context, r *rotator.Run) error {
	if a.set == nil {
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
	if !a.sameAccount(pending, current) {
		return errors.New("Attempting to modify another account than the current one: AWSPENDING differs in more than the credential")
	}
	if err := a.claim(ctx, r, pending); err != nil {
		return err
	}
	inForce, err := a.prove(ctx, r, a.likely(ctx, r, current, pending))
	if err != nil {
		return err
	}
	if inForce.Equal(pending) {
		r.Report.Note("the pending credential is in force already")
		return nil
	}
	if err := r.Guard.Sending(ctx, pending); err != nil {
		return err
	}
	return a.change(ctx, r, pending, inForce)
}

// change tells the server, and finds out whether it took the credential when the
// answer was lost.
func (a *api) change(ctx context.Context, r *rotator.Run, pending, inForce secret.Value) error {
	d, err := a.data(ctx, r, pending, inForce)
	if err != nil {
		return err
	}
	told := r.Now()
	if _, err := a.send(ctx, r, a.set, d); err != nil {
		if a.works(ctx, r, pending) != nil {
			return err
		}
		r.Report.Note("the credential was changed although the answer failed: %v", err)
	}
	if a.replaces() {
		r.Report.Changed = told
	}
	return nil
}

// works uses a credential.
func (a *api) works(ctx context.Context, r *rotator.Run, v secret.Value) error {
	d, err := a.data(ctx, r, v, v)
	if err == nil {
		_, err = a.send(ctx, r, a.test, d)
	}
	return err
}

// claim makes this the only rotation at work on the account of a value.
func (a *api) claim(ctx context.Context, r *rotator.Run, v secret.Value) error {
	d, err := a.data(ctx, r, v, v)
	if err != nil {
		return err
	}
	f := filler{data: d}
	account := f.text(a.account)
	if f.err != nil {
		return f.err
	}
	return r.Guard.Claim(ctx, contract.Target{Host: a.server.Host, Account: a.server.String() + " " + account})
}

// likely are the values whose credential may be in force: the pending one first
// on a retry, and last else.
func (a *api) likely(ctx context.Context, r *rotator.Run, current, pending secret.Value) func(yield func(secret.Value, error) bool) {
	return func(yield func(secret.Value, error) bool) {
		retried := r.Again && a.Slots == nil && pending.Reveal() != nil
		if retried && !yield(pending, nil) || !yield(current, nil) {
			return
		}
		previous, ok, err := r.Previous(ctx)
		if (err != nil || ok) && !yield(previous, err) {
			return
		}
		sent, err := r.Guard.Sent(ctx)
		if err != nil {
			yield(secret.Value{}, err)
			return
		}
		for _, v := range sent {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// prove finds the value whose credential works, of those for the first one's
// account: an administrator's requests are for the account that the secret's
// owner can use, and for no other. Only a refusal leads from one to the next.
func (a *api) prove(ctx context.Context, r *rotator.Run, values func(func(secret.Value, error) bool)) (secret.Value, error) {
	var first secret.Value
	var tried []secret.Value
	var refusal error
	for v, err := range values {
		if err != nil {
			return secret.Value{}, err
		}
		if v, err = a.read(r)(v, nil); err != nil {
			continue
		}
		if len(tried) == 0 {
			first = v
		}
		if !a.sameAccount(first, v) || slices.ContainsFunc(tried, v.Equal) {
			continue
		}
		tried = append(tried, v)
		err = a.works(ctx, r, v)
		if err == nil {
			return v, nil
		}
		if !refused(err) {
			return secret.Value{}, err
		}
		refusal = err
	}
	return secret.Value{}, fmt.Errorf("Unable to use any known credential of secret %s: %d refused, the last: %w", r.SecretID, len(tried), refusal)
}
