package mongodb

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// account is what usersInfo tells of a user.
type account struct {
	User         string   `bson:"user"`
	Database     string   `bson:"db"`
	Roles        []role   `bson:"roles"`
	CustomData   bson.D   `bson:"customData"`
	Mechanisms   []string `bson:"mechanisms"` // none where the server does not tell
	Restrictions bson.A   `bson:"authenticationRestrictions"`
}

type role struct {
	Role     string `bson:"role"`
	Database string `bson:"db"`
}

var errNoUser = errors.New("there is no such user")

// lookup reads a user of a database; errNoUser when there is none.
func (s *session) lookup(ctx context.Context, database, user string) (account, error) {
	var found struct {
		Users []account `bson:"users"`
	}
	name := bson.D{{Key: "user", Value: user}, {Key: "db", Value: database}}
	command := bson.D{{Key: "usersInfo", Value: name}}
	restrictions := bson.E{Key: "showAuthenticationRestrictions", Value: true}
	if !s.unrestricted {
		command = append(command, restrictions)
	}
	err := s.run(ctx, database, command, &found)
	if unsupported(err) && !s.unrestricted {
		s.unrestricted = true
		s.report.Note("the server has no authentication restrictions")
		err = s.run(ctx, database, command[:1], &found)
	}
	if err == nil && len(found.Users) == 0 {
		err = errNoUser
	}
	if err != nil {
		return account{}, fmt.Errorf("user %q of database %q: %w", user, database, err)
	}
	return found.Users[0], nil
}

// find finds a user: this session's own where it must be, another in the database
// that the secret names, or in admin, where most are. Two of one name are not
// chosen from.
func (s *session) find(ctx context.Context, user string) (account, error) {
	if user == s.user {
		return s.lookup(ctx, s.place.own, user)
	}
	var found []account
	var missing error
	for _, database := range s.place.users {
		a, err := s.lookup(ctx, database, user)
		if err != nil && !errors.Is(err, errNoUser) {
			return account{}, err
		}
		if err != nil {
			missing = err
			continue
		}
		found = append(found, a)
	}
	switch len(found) {
	case 0:
		return account{}, missing
	case 1:
		return found[0], nil
	}
	return account{}, fmt.Errorf("user %q is in the databases %q and %q: it is not clear which is meant", user, found[0].Database, found[1].Database)
}

// difference is what an account must be told to be like another in all but its
// name, its password, its mechanisms and its mark; empty when it is.
func (a account) difference(like account) (fields bson.D) {
	if !slices.Equal(ordered(a.Roles), ordered(like.Roles)) {
		fields = append(fields, bson.E{Key: "roles", Value: ordered(like.Roles)})
	}
	if want := marked(unmarked(like.CustomData), markOf(a.CustomData)); !same(append(bson.D{}, a.CustomData...), want) {
		fields = append(fields, bson.E{Key: "customData", Value: want})
	}
	if want := flat(like.Restrictions); !same(flat(a.Restrictions), want) {
		fields = append(fields, bson.E{Key: "authenticationRestrictions", Value: want})
	}
	return fields
}

// ordered gives roles in one order, each once; never nil, which would be null.
func ordered(roles []role) []role {
	out := append([]role{}, roles...)
	slices.SortFunc(out, func(a, b role) int {
		return cmp.Or(cmp.Compare(a.Database, b.Database), cmp.Compare(a.Role, b.Role))
	})
	return slices.Compact(out)
}

// flat takes lists within a list apart: usersInfo may nest restrictions, and
// updateUser wants them plain.
func flat(list bson.A) bson.A {
	out := bson.A{}
	for _, e := range list {
		if inner, ok := e.(bson.A); ok {
			out = append(out, flat(inner)...)
			continue
		}
		out = append(out, e)
	}
	return out
}

// same compares two documents or lists as they are written.
func same(a, b any) bool {
	_, x, err1 := bson.MarshalValue(a)
	_, y, err2 := bson.MarshalValue(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
