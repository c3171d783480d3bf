package influxdb

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 16 << 20

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
	jar, _ := cookiejar.New(nil) // its error is always nil
	return &api{
		client: &http.Client{
			// No proxy that this machine's environment names has a say in where a
			// password goes, nor has a redirection.
			Transport:     &http.Transport{TLSClientConfig: t.Clone(), DisableKeepAlives: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Jar:           jar,
		},
		base: scheme + "://" + c.Address() + "/api/v2",
	}
}

// do makes a call; body and into may be nil.
func (a *api) do(ctx context.Context, method, path string, body, into any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, a.base+path, bytes.NewReader(content))
	if err != nil {
		return err
	}
	if a.token != "" {
		request.Header.Set("Authorization", "Token "+a.token)
	} else {
		request.SetBasicAuth(a.username, a.password) // looked at in two calls; else the cookie counts
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := a.client.Do(request)
	if err != nil {
		return bare(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return err
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return refusal(response.StatusCode, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
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

// bare takes the URL off an error: the host is named anyway.
func bare(err error) error {
	var request *url.Error
	if errors.As(err, &request) {
		return request.Err
	}
	return err
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

// notAllowed is what an answer means to somebody who changes a password.
func notAllowed(err error) error {
	var e *answerError
	switch {
	case !errors.As(err, &e):
		return err
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return fmt.Errorf("%w: %w", rotator.ErrNotAllowed, err)
	case e.Status == http.StatusBadRequest, e.Status == http.StatusUnprocessableEntity:
		return fmt.Errorf("%w: %w", rotation.ErrUnacceptable, err)
	}
	return err
}
