package mongodb

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// markKey is the key of a user's customData under which it says for which secret
// Alberti made it: what tells it from a stranger of the same name.
const markKey = "alberti"

func mark(o rotator.Owner) string { return "made by alberti for " + o.SecretARN }

// markOf is the mark in a user's data, or "".
func markOf(data bson.D) string {
	for _, e := range data {
		if text, ok := e.Value.(string); ok && e.Key == markKey {
			return text
		}
	}
	return ""
}

func unmarked(data bson.D) bson.D {
	out := bson.D{}
	for _, e := range data {
		if e.Key != markKey {
			out = append(out, e)
		}
	}
	return out
}

// marked adds a mark, unless it is "".
func marked(data bson.D, mark string) bson.D {
	if mark == "" {
		return data
	}
	return append(data, bson.E{Key: markKey, Value: mark})
}

// Clone implements rotator.Cloner. The second user is made, or changed, by one
// command with all that it is to be, which the server does as a whole or not at
// all: no crash leaves a user with half of its roles.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	inUse, err := s.find(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.lookup(ctx, inUse.Database, to)
	switch {
	case errors.Is(err, errNoUser) && owner.Existing:
		return fmt.Errorf("%w, and Alberti must not make one for this secret", err)
	case errors.Is(err, errNoUser):
		err = s.create(ctx, inUse, to, password, owner)
	case err == nil:
		if err = mayTake(inUse, other, owner); err == nil {
			err = s.bring(ctx, other, inUse, withPassword(inUse.Mechanisms, password))
		}
	}
	if err != nil {
		return err
	}
	return s.compare(ctx, inUse, to)
}

// Level implements rotator.Cloner. Mechanisms cannot be levelled without the
// password, of which the server would make the missing ones.
func (s *session) Level(ctx context.Context, from, to string) error {
	inUse, err := s.find(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.lookup(ctx, inUse.Database, to)
	if err != nil {
		return err
	}
	if err := s.bring(ctx, other, inUse, nil); err != nil {
		return err
	}
	return s.compare(ctx, inUse, to)
}

// mayTake refuses a user that was there before and that neither the secret nor a
// mark calls one of the pair.
func mayTake(inUse, other account, owner rotator.Owner) error {
	if owner.Known || owner.Adopt || owner.Existing || markOf(other.CustomData) == mark(owner) || markOf(inUse.CustomData) == mark(owner) {
		return nil
	}
	return fmt.Errorf("user %q exists in database %q, and was not made for this secret: drop or rename it, "+
		"or take it into use by setting the key %q of its customData to %q", other.User, other.Database, markKey, mark(owner))
}

// create makes a user like the one in use.
func (s *session) create(ctx context.Context, like account, to string, password secret.Value, owner rotator.Owner) error {
	command := func(data bson.D) bson.D {
		fields := append(bson.D{{Key: "createUser", Value: to}}, withPassword(like.Mechanisms, password)...)
		fields = append(fields, bson.E{Key: "roles", Value: ordered(like.Roles)})
		if len(data) > 0 {
			fields = append(fields, bson.E{Key: "customData", Value: data})
		}
		if restrictions := flat(like.Restrictions); len(restrictions) > 0 {
			fields = append(fields, bson.E{Key: "authenticationRestrictions", Value: restrictions})
		}
		return fields
	}
	data := unmarked(like.CustomData)
	err := s.run(ctx, like.Database, command(marked(data, mark(owner))), nil)
	if unsupported(err) && len(data) == 0 {
		s.report.Note("the server keeps no customData, so nothing but this secret's versions tells that user %q is its own", to)
		err = s.run(ctx, like.Database, command(nil), nil)
	}
	if err != nil {
		return acceptable(err)
	}
	s.report.Note("made user %s in database %s, with the %d roles of %s", to, like.Database, len(like.Roles), like.User)
	return nil
}

// bring changes what differs between a user and the one in use, and what is given
// besides. Roles that the one in use has lost are taken away.
func (s *session) bring(ctx context.Context, other, inUse account, besides bson.D) error {
	differs := other.difference(inUse)
	if len(differs)+len(besides) == 0 {
		return nil
	}
	if err := s.update(ctx, other, append(differs, besides...)); err != nil {
		return err
	}
	for _, field := range differs {
		s.report.Note("levelled the two users: %s of %s", field.Key, other.User)
	}
	return nil
}

// compare reads the second user back.
func (s *session) compare(ctx context.Context, inUse account, to string) error {
	other, err := s.lookup(ctx, inUse.Database, to)
	if err != nil {
		return err
	}
	for _, field := range other.difference(inUse) {
		return fmt.Errorf("the %s of user %q are still not those of %q", field.Key, to, inUse.User)
	}
	return nil
}
