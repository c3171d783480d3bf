package influxdb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
	"github.com/alberti-dev/alberti/rotator/internal/web"
)

// api is the API for a token, or for a user with a session in a cookie.
type api struct {
	client             *http.Client
	base               string
	token              string
	username, password string
}

func newAPI(c rotator.Credential, t *tls.Config) *api {
	scheme := "http"
	if t != nil {
		scheme = "https"
	}
	client := web.Client(&http.Transport{TLSClientConfig: t.Clone()})
	client.Jar, _ = cookiejar.New(nil) // its error is always nil
	return &api{client: client, base: scheme + "://" + c.Address() + "/api/v2"}
}

// do makes a call; body and into may be nil.
func (a *api) do(ctx context.Context, method, path string, body, into any) error {
	return web.API{Client: a.client, Base: a.base, Authorize: a.authorize, Refusal: refusal}.Do(ctx, method, path, body, into)
}

func (a *api) authorize(request *http.Request) {
	if a.token != "" {
		request.Header.Set("Authorization", "Token "+a.token)
		return
	}
	request.SetBasicAuth(a.username, a.password) // looked at in two calls; else the cookie counts
}

// answerError is an answer that is none of success.
type answerError struct {
	Status        int
	Code, Message string
}

// Error gives what the server said.
func (e *answerError) Error() string {
	return fmt.Sprintf("the server answered %d %s: %s", e.Status, e.Code, e.Message)
}

func refusal(status int, text []byte) error {
	var said struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	if json.Unmarshal(text, &said) != nil {
		said.Message = http.StatusText(status)
	}
	return &answerError{status, said.Code, said.Message}
}

// The server says these of a login that it refuses, of a user who is not active,
// and of a right password that is weaker than is asked for now.
const (
	unauthorizedCode = "unauthorized"
	unauthorizedText = "unauthorized access"
	inactiveText     = "User is inactive"
	weakText         = "password change required"
)

// classify says why a login failed.
func classify(c rotator.Credential, err error) error { return failed(c, reasonFor(err), err) }

func failed(c rotator.Credential, reason rotator.Reason, err error) error {
	return &rotator.LoginError{Reason: reason, Host: c.Address(), User: c.Username, Err: err}
}

func reasonFor(err error) rotator.Reason {
	var answer *answerError
	switch {
	case errors.Is(err, http.ErrSchemeMismatch):
		return rotator.NoTLS
	case !errors.As(err, &answer):
		return network.Reason(err)
	case answer.Status == http.StatusUnauthorized && answer.Code == unauthorizedCode && answer.Message == unauthorizedText:
		return rotator.Refused
	case answer.Status == http.StatusForbidden && answer.Message == inactiveText:
		return rotator.Locked
	case answer.Status == http.StatusForbidden && strings.HasPrefix(answer.Message, weakText):
		return rotator.Expired
	case answer.Status == http.StatusTooManyRequests:
		return rotator.LimitHit
	case answer.Status == http.StatusServiceUnavailable:
		return rotator.NotReady
	}
	return rotator.Broken
}

// isGone tells of something that is not there.
func isGone(err error) bool {
	var answer *answerError
	return errors.As(err, &answer) && answer.Status == http.StatusNotFound
}

// notAllowed is what an answer means to somebody who changes a password.
func notAllowed(err error) error {
	var e *answerError
	switch {
	case !errors.As(err, &e):
		return err
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return fmt.Errorf("%w: %w", rotator.ErrNotAllowed, err)
	case e.Status == http.StatusBadRequest, e.Status == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, err)
	}
	return err
}
