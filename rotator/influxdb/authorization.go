package influxdb

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// authorization is what a token stands for. Its permissions never change.
type authorization struct {
	ID          string       `json:"id,omitzero"`
	Token       string       `json:"token,omitzero"` // not told by servers that keep hashes
	Status      string       `json:"status"`
	Description string       `json:"description"`
	OrgID       string       `json:"orgID"`
	UserID      string       `json:"userID"`
	Permissions []permission `json:"permissions"`
}

// describes is the description of a token that is made for a version of a secret:
// by it the token is found again when nothing else is known of it.
func describes(secretID, version string) string {
	return ofSecret(secretID) + version
}

func ofSecret(secretID string) string { return "made by alberti for " + secretID + ", version " }

// version is for which version of a secret the token was made; false for tokens of
// others.
func (a *authorization) version(secretID string) (string, bool) {
	return strings.CutPrefix(a.Description, ofSecret(secretID))
}

func (s *session) authorizations(ctx context.Context) ([]*authorization, error) {
	return s.authorizationsBy(ctx, "")
}

// authorizationsOf are those of a user.
func (s *session) authorizationsOf(ctx context.Context, u *user) ([]*authorization, error) {
	return s.authorizationsBy(ctx, "?userID="+url.QueryEscape(u.ID))
}

func (s *session) authorizationsBy(ctx context.Context, query string) ([]*authorization, error) {
	var found struct {
		All []*authorization `json:"authorizations"`
	}
	if err := s.api.do(ctx, http.MethodGet, "/authorizations"+query, nil, &found); err != nil {
		return nil, fmt.Errorf("listing authorizations: %w", err)
	}
	return found.All, nil
}

// find is the authorization of a token: by the token where the server tells it, or
// by the version that it was made for.
func find(all []*authorization, token, secretID, version string) (*authorization, error) {
	if i := slices.IndexFunc(all, func(a *authorization) bool { return token != "" && a.Token == token }); i >= 0 {
		return all[i], nil
	}
	described := func(a *authorization) bool { return a.Token == "" && a.Description == describes(secretID, version) }
	if i := slices.IndexFunc(all, described); i >= 0 {
		return all[i], nil
	}
	return nil, errors.New("the token is none of those that the server lists: the administrator may not see it, or the server hides tokens")
}

// make makes an authorization like another.
func (s *session) make(ctx context.Context, like *authorization, description string) (*authorization, error) {
	made := &authorization{}
	wanted := authorization{
		Status: "active", Description: description, OrgID: like.OrgID, UserID: like.UserID, Permissions: like.Permissions,
	}
	if err := s.api.do(ctx, http.MethodPost, "/authorizations", wanted, made); err != nil {
		return nil, fmt.Errorf("making a token: %w", err)
	}
	if made.Token == "" {
		return nil, errors.New("the server made a token and did not tell it")
	}
	return made, nil
}

// delete deletes an authorization. One that is gone is as it should be.
func (s *session) delete(ctx context.Context, a *authorization) error {
	err := s.api.do(ctx, http.MethodDelete, "/authorizations/"+url.PathEscape(a.ID), nil, nil)
	if isGone(err) {
		return nil
	}
	return err
}

// alike tells whether two tokens may do the same.
func alike(a, b *authorization) bool {
	return a.OrgID == b.OrgID && a.UserID == b.UserID && slices.Equal(ordered(a.Permissions), ordered(b.Permissions))
}

func ordered(p []permission) []permission {
	return slices.SortedFunc(slices.Values(p), func(a, b permission) int {
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
}
