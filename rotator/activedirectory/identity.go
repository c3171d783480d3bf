package activedirectory

import (
	"context"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/fold"
)

var _ rotator.Identifier = (*session)(nil)

// Account implements rotator.Identifier: a user has a DN, a UPN and names of
// Windows, which may all change, and one objectGUID that no other object anywhere
// has, the same at every controller of the domain.
func (s *session) Account(ctx context.Context, user string) (name string, everywhere bool, err error) {
	a, err := s.account(ctx, user)
	if err != nil {
		return "", false, err
	}
	if a.guid == "" {
		return fold.Name(a.dn), false, nil
	}
	return "objectGUID " + a.guid, true, nil
}

// account is our own, or looks another up.
func (s *session) account(ctx context.Context, user string) (account, error) {
	if user == s.login.Username {
		return s.own, nil
	}
	return s.find(ctx, user)
}
