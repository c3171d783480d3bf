package influxdb

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/alberti-dev/alberti/rotator"
)

// user is a user of the server. It has no description; what OAuth would call it
// is kept by the server and used for nothing, and set with the user alone.
type user struct {
	ID      string `json:"id,omitzero"`
	Name    string `json:"name"`
	OAuthID string `json:"oauthID,omitzero"`
}

// path is where the API has something of a user's.
func (u *user) path(what string) string { return "/users/" + url.PathEscape(u.ID) + "/" + what }

// mark is what tells a user that was made for a secret from a stranger of the same
// name.
func mark(o rotator.Owner) string { return "made by alberti for " + o.SecretARN }

func (u *user) bears(o rotator.Owner) bool { return u.OAuthID == mark(o) }

// lookup finds a user; nil when there is none, or none that this session may read.
func (s *session) lookup(ctx context.Context, name string) (*user, error) {
	var found struct {
		Users []*user `json:"users"`
	}
	err := s.api.do(ctx, http.MethodGet, "/users?name="+url.QueryEscape(name), nil, &found)
	if isGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for user %q: %w", name, err)
	}
	for _, u := range found.Users {
		if u.Name == name {
			return u, nil
		}
	}
	return nil, nil
}

// existing finds a user who must be there.
func (s *session) existing(ctx context.Context, name string) (*user, error) {
	u, err := s.lookup(ctx, name)
	if err == nil && u == nil {
		err = fmt.Errorf("user %q does not exist, or may not be read", name)
	}
	return u, err
}

// createUser makes a user without a password, who cannot sign in yet.
func (s *session) createUser(ctx context.Context, name string, owner rotator.Owner) (*user, error) {
	made := &user{}
	if err := s.api.do(ctx, http.MethodPost, "/users", user{Name: name, OAuthID: mark(owner)}, made); err != nil {
		return nil, fmt.Errorf("making user %q: %w", name, err)
	}
	s.report.Note("made user %s", name)
	return made, nil
}
