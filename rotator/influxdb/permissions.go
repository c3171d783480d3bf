package influxdb

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// permission lets do something with a resource, or with all of a type.
type permission struct {
	Action   string   `json:"action"`
	Resource resource `json:"resource"`
}

type resource struct {
	Type  string `json:"type"`
	ID    string `json:"id,omitzero"`
	OrgID string `json:"orgID,omitzero"`
}

// What actions and types of resources are called, as far as they are known here.
const (
	writes    = "write"
	instances = "instance"
	orgs      = "orgs"
	buckets   = "buckets"
	users     = "users"
)

// String is what a permission is about, for messages.
func (p permission) String() string {
	text := p.Action + " " + p.Resource.Type
	if p.Resource.ID != "" {
		text += " " + p.Resource.ID
	}
	if p.Resource.OrgID != "" {
		text += " of organization " + p.Resource.OrgID
	}
	return text
}

// isOwn tells of a user's permission for itself.
func (p permission) isOwn(u *user) bool { return p.Resource.Type == users && p.Resource.ID == u.ID }

// covers tells whether who has a permission may do what another allows, by the
// server's own rule (authz.go, Permission.Matches).
func (p permission) covers(q permission) bool {
	has, wants := p.Resource, q.Resource
	switch {
	case p.Action != q.Action:
		return false
	case has.Type == instances:
		return true
	case has.Type != wants.Type:
		return false
	case has.ID == "" && has.OrgID == "":
		return true
	}
	return has.ID == "" && has.OrgID == wants.OrgID || has.ID != "" && has.ID == wants.ID
}

// permissions are those of a user's memberships, and its own for itself.
func (s *session) permissions(ctx context.Context, u *user) (all []permission, err error) {
	if err := s.api.do(ctx, http.MethodGet, u.path("permissions"), nil, &all); err != nil {
		return nil, fmt.Errorf("permissions of user %q: %w", u.Name, err)
	}
	return all, nil
}

// compareTokens wants the other user to lack nothing of what the model may do once
// it has signed in: the server adds the permissions of all tokens that a user owns
// to those of its memberships. A token is nobody else's to have.
func (s *session) compareTokens(ctx context.Context, model, other *user) error {
	owned, err := s.ofTokens(ctx, model)
	if err != nil || len(owned) == 0 {
		return err
	}
	has, err := s.permissions(ctx, other)
	if err != nil {
		return err
	}
	more, err := s.ofTokens(ctx, other)
	if err != nil {
		return err
	}
	has = append(has, more...)
	for _, p := range owned {
		if !p.isOwn(model) && !slices.ContainsFunc(has, func(h permission) bool { return h.covers(p) }) {
			return fmt.Errorf("user %q may %s by a token of its own, which no membership gives to user %q", model.Name, p, other.Name)
		}
	}
	return nil
}

// ofTokens are the permissions of the tokens that a user owns.
func (s *session) ofTokens(ctx context.Context, u *user) (all []permission, err error) {
	tokens, err := s.authorizationsOf(ctx, u)
	for _, a := range tokens {
		all = append(all, a.Permissions...)
	}
	return all, err
}
