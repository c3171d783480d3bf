package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Clone implements rotator.Cloner: by one command, which the server does as a
// whole or not at all, so that no user is ever seen with half of its rules.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	model, err := s.model(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.account(ctx, to)
	if err != nil {
		return err
	}
	if other, err = provide(model, other, to, owner); err != nil {
		return err
	}
	other.hashes = []string{hash(password)}
	return s.write(ctx, model, other)
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	model, err := s.model(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.account(ctx, to)
	if err != nil {
		return err
	}
	if other == nil {
		return fmt.Errorf("user %q does not exist", to)
	}
	if slices.Equal(other.rules, model.rules) {
		return nil
	}
	return s.write(ctx, model, other)
}

// model is the user in use: what it may do, the other one may do.
func (s *session) model(ctx context.Context, name string) (*account, error) {
	a, err := s.account(ctx, name)
	if err == nil && a == nil {
		err = fmt.Errorf("user %q does not exist", name)
	}
	return a, err
}

// provide is the other user, or a new one where it is missing. A user that was
// there before, and that neither the secret nor a mark calls one of the pair, is
// refused.
func provide(model, other *account, name string, owner rotator.Owner) (*account, error) {
	switch {
	case other == nil && owner.Existing:
		return nil, fmt.Errorf("user %q does not exist, and tags forbid to make it", name)
	case other == nil:
		return &account{name: name, marks: []string{mark(owner)}}, nil
	case owner.Known, owner.Adopt, other.bears(owner), model.bears(owner):
		return other, nil
	}
	return nil, fmt.Errorf("user %q exists, and was not made for this secret: rename it, or take it into use with ACL SETUSER %s %s",
		name, name, mark(owner))
}

// write makes the other user what the model is, with hashes and marks of its own.
func (s *session) write(ctx context.Context, model, other *account) error {
	rules := slices.Concat([]string{"reset", "on"}, other.hashes, model.rules, other.marks)
	if err := s.setUser(ctx, other.name, rules); err != nil {
		return err
	}
	if !slices.Equal(other.rules, model.rules) {
		s.report.Note("user %s may do what %s may: %s", other.name, model.name, strings.Join(model.rules, " "))
	}
	return nil
}
