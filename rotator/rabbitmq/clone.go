package rabbitmq

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Clone implements rotator.Cloner. The broker has no transactions, so the password
// comes last: wherever this stops, nobody can log in with the new one who has not
// all that belongs to it, and the next attempt goes on from there.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	model, err := s.model(ctx, from)
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
	other.setPassword(password)
	return s.putAccount(ctx, other)
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	model, err := s.model(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.model(ctx, to)
	if err != nil {
		return err
	}
	return s.level(ctx, model, other)
}

func (s *session) model(ctx context.Context, name string) (*account, error) {
	a, err := s.account(ctx, name)
	if err == nil && a == nil {
		err = fmt.Errorf("user %q does not exist", name)
	}
	return a, err
}

// provide makes the other user where it is missing, without a password, so that
// it cannot log in yet. It refuses a user that was there before and that neither
// the secret nor a mark calls one of the pair.
func (s *session) provide(ctx context.Context, model *account, name string, owner rotator.Owner) (*account, error) {
	other, err := s.account(ctx, name)
	switch {
	case err != nil:
		return nil, err
	case other == nil && owner.Existing:
		return nil, fmt.Errorf("user %q does not exist, and tags forbid to make it", name)
	case other == nil:
		other = &account{Name: name, Algorithm: model.Algorithm, Tags: []string{mark(owner)}}
		s.report.Note("made user %s", name)
		return other, s.putAccount(ctx, other)
	case owner.Known, owner.Adopt, other.bears(owner), model.bears(owner):
		return other, nil
	}
	return nil, fmt.Errorf("user %q exists, and was not made for this secret: rename it, or take it into use with the tag %s", name, mark(owner))
}

// level gives the other user what the model has, and takes off what it has not:
// tags, limits, and what it may do in each virtual host. Then it looks whether
// that is so.
func (s *session) level(ctx context.Context, model, other *account) error {
	if !slices.Equal(model.rights(), other.rights()) {
		other.Tags = append(model.rights(), other.marks()...)
		s.report.Note("user %s gets the tags %q", other.Name, model.rights())
		if err := s.putAccount(ctx, other); err != nil {
			return err
		}
	}
	for _, kind := range kinds {
		if err := s.levelKind(ctx, kind, model.Name, other.Name); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) levelKind(ctx context.Context, k kind, model, other string) error {
	want, err := s.granted(ctx, k, model)
	if err != nil {
		return err
	}
	have, err := s.granted(ctx, k, other)
	if err != nil || maps.Equal(want, have) {
		return err
	}
	if err := s.change(ctx, k, other, want, have); err != nil {
		return err
	}
	s.report.Note("user %s has the %s of %s", other, k.name, model)
	if have, err = s.granted(ctx, k, other); err == nil && !maps.Equal(want, have) {
		err = fmt.Errorf("user %q still has other %s than %q", other, k.name, model)
	}
	return err
}
