package influxdb

import (
	"context"
	"fmt"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/level"
	"github.com/alberti-dev/alberti/secret"
)

var _ rotator.Cloner = (*session)(nil)

// Clone implements rotator.Cloner. The API has no transactions, so the password
// comes last: wherever this stops, nobody can sign in with the new one who has not
// all that belongs to it, and the next attempt goes on from there.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	model, err := s.existing(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.provide(ctx, model, to, owner)
	if err != nil {
		return err
	}
	if err := s.level(ctx, model, other); err != nil {
		return err
	}
	return s.reset(ctx, other, password)
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	model, err := s.existing(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.existing(ctx, to)
	if err != nil {
		return err
	}
	return s.level(ctx, model, other)
}

// provide makes the other user where it is missing. It refuses a user that was
// there before and that neither the secret nor a mark calls one of the pair.
func (s *session) provide(ctx context.Context, model *user, name string, owner rotator.Owner) (*user, error) {
	other, err := s.lookup(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case other == nil && owner.Existing:
		return nil, fmt.Errorf("user %q does not exist, and for this secret no user is made", name)
	case other == nil:
		return s.createUser(ctx, name, owner)
	case owner.Known, owner.Adopt, other.bears(owner), model.bears(owner):
		return other, nil
	}
	return nil, fmt.Errorf("user %q exists, and was not made for this secret: rename it, or allow the secret to adopt it", name)
}

// level gives the other user the memberships of the model, and takes those that it
// has not. What the model's own tokens let it do besides cannot be given.
func (s *session) level(ctx context.Context, model, other *user) error {
	rights := func(of *user) func(context.Context) ([]level.Right, error) {
		return func(ctx context.Context) ([]level.Right, error) {
			permissions, err := s.permissions(ctx, of)
			return memberships(permissions, of, other), err
		}
	}
	pair := level.Pair{Want: rights(model), Have: rights(other), Run: s.join(other), Note: s.report.Note}
	if err := pair.Bring(ctx); err != nil {
		return err
	}
	return s.compareTokens(ctx, model, other)
}
