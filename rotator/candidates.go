package rotator

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

// candidate is a login that may be in force, and where it was found.
type candidate struct {
	Credential
	from string
	old  bool // neither current nor pending
}

// with is the same login with another password.
func (c Credential) with(password secret.Value) Credential {
	c.Password = password
	return c
}

// entitles refuses to tell a new password to places of which the value that opens
// the account knows nothing. Else whoever may write values, and not read them,
// could have the next password told to a place of his own. Of a current value
// whose own password opens the account, the writer knew it.
func (c candidate) entitles(told []place) error {
	if !c.old {
		return nil
	}
	known, err := c.told()
	if err != nil {
		return err
	}
	for _, p := range told {
		if !slices.ContainsFunc(known, p.same) {
			return fmt.Errorf("what opens the account, %s, does not name %s, where the new password would be told too", c.from, p)
		}
	}
	return nil
}

// candidates are the logins that may be in force for the account of a credential,
// the likeliest first: current, previous, and what else is known of it. Pending
// comes first when an earlier attempt may have got as far as the target, and
// else late, since a refused login may count towards a lock-out
// (rotation-functions.md, 16.2 and 16.5). Each is fetched when the one before
// was refused.
func (a accounts) candidates(ctx context.Context, r *Run, current, pending Credential) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		if r.Again && !yield(candidate{pending, "pending", false}, nil) || !yield(candidate{current, "current", false}, nil) {
			return
		}
		previous, ok, err := a.previous(ctx, r)
		if (ok || err != nil) && !yield(candidate{previous, "previous", true}, err) {
			return
		}
		if !r.Again && !yield(candidate{pending, "pending", false}, nil) {
			return
		}
		a.older(ctx, r)(yield)
	}
}

// inUse are the logins that may be in force for a user who is not to be changed.
func (a accounts) inUse(ctx context.Context, r *Run, current Credential) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		if yield(candidate{current, "current", false}, nil) {
			a.older(ctx, r)(yield)
		}
	}
}

// older are the logins that no label is on any more: what targets were told, by
// the journal, then every version that the secret still has, both the latest
// first. A target or a store that was restored from a backup may be back at one.
func (a accounts) older(ctx context.Context, r *Run) iter.Seq2[candidate, error] {
	return func(yield func(candidate, error) bool) {
		sent, err := r.Guard.Sent(ctx)
		if err != nil {
			yield(candidate{}, err)
			return
		}
		for _, v := range sent {
			if c, err := a.parse(r, v); err == nil && !yield(candidate{c, "the journal", true}, nil) {
				return
			}
		}
		versions, err := r.Secrets.ListSecretVersionIDs(ctx, r.SecretID)
		if err != nil {
			yield(candidate{}, err)
			return
		}
		for _, id := range slices.Backward(versions) {
			v, err := r.Secrets.GetSecretValue(ctx, r.SecretID, id, "")
			if fault.KindOf(err) == fault.NotFound {
				continue // it has no value, or went meanwhile
			}
			if err != nil {
				yield(candidate{}, err)
				return
			}
			if c, err := a.parse(r, v); err == nil && !yield(candidate{c, "version " + id, true}, nil) {
				return
			}
		}
	}
}

// enter logs in with the first candidate that the target takes. The first one
// says which account it is about, and how to log in to it: an authority or a
// database that an older version names may be gone. Those of other accounts are
// passed over, and no password is tried twice. Only a refusal leads from one to
// the next: a target that cannot be reached says nothing about passwords.
func (a accounts) enter(ctx context.Context, r *Run, candidates iter.Seq2[candidate, error]) (Session, candidate, error) {
	var first Credential
	var tried []secret.Value
	var refusal error
	for c, err := range candidates {
		if err != nil {
			return nil, candidate{}, err
		}
		if len(tried) == 0 {
			first = c.Credential
		}
		if c.Username != first.Username || !c.covers(first.place()) || slices.ContainsFunc(tried, c.Password.Equal) {
			continue
		}
		tried = append(tried, c.Password)
		session, err := a.login(ctx, r, first.with(c.Password))
		if err == nil {
			if len(tried) > 1 {
				r.Report.Note("logged in with the password of %s, after %d others were refused", c.from, len(tried)-1)
			}
			return session, c, nil
		}
		if !refused(err) {
			return nil, candidate{}, err
		}
		refusal = err
	}
	return nil, candidate{}, fmt.Errorf("%d refused, the last: %w", len(tried), refusal)
}
