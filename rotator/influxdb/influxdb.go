// Package influxdb teaches the rotation functions InfluxDB 2, as in Timestream for
// InfluxDB: the passwords of users, and API tokens.
//
// Passwords and tokens are told to the server as they are, so it is spoken to with
// TLS, or in clear where the secret's ssl key is false.
package influxdb

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is InfluxDB 2, where users change their own passwords, and an operator
// those of others.
type Engine struct{}

var names = []string{"timestream-influxdb", "influxdb"}

const port = 8086

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits {
	return rotator.Traits{Names: names, Port: port, CloneMark: "_clone"}
}

const connectTimeout = 5 * time.Second // for one try

var errColon = errors.New("a user with a colon in its name cannot sign in: the name ends there")

var errClear = errors.New("InfluxDB is told passwords and tokens in clear, and the secret's ssl key does not say false, which would allow that without TLS")

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	if strings.Contains(c.Username, ":") {
		return nil, failed(c, rotator.Broken, errColon)
	}
	return dial(c, r, func(a *api) (*session, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		return signIn(ctx, c, a, r)
	})
}

// loginToken makes sure of a token. Any token may list the organisations that it
// sees, even if that is none.
func loginToken(ctx context.Context, c rotator.Credential, r *contract.Report) (*session, error) {
	s, err := dial(c, r, func(a *api) (*session, error) {
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		a.token = string(c.Password.Reveal())
		return &session{api: a, credential: c, report: r}, a.do(ctx, http.MethodGet, "/orgs?limit=1", nil, nil)
	})
	if err != nil {
		return nil, err
	}
	return s.(*session), nil
}

func dial(c rotator.Credential, r *contract.Report, login func(*api) (*session, error)) (rotator.Session, error) {
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		if t == nil && c.TLS != rotator.TLSOff {
			return nil, failed(c, rotator.NoTLS, errClear)
		}
		s, err := login(newAPI(c, t))
		if err != nil {
			return nil, classify(c, err)
		}
		return s, nil
	})
}

// session is a login, of a user or with a token.
type session struct {
	api        *api
	credential rotator.Credential
	report     *contract.Report
}

// signIn opens a session of a user.
func signIn(ctx context.Context, c rotator.Credential, a *api, r *contract.Report) (*session, error) {
	a.username, a.password = c.Username, string(c.Password.Reveal())
	if err := a.do(ctx, http.MethodPost, "/signin", nil, nil); err != nil {
		return nil, err
	}
	if err := a.do(ctx, http.MethodGet, "/me", nil, nil); err != nil {
		return nil, err
	}
	return &session{a, c, r}, nil
}

// SetPassword implements rotator.Session. To change one's own, the old one is told
// once more.
func (s *session) SetPassword(ctx context.Context, name string, password secret.Value) error {
	if name == s.credential.Username {
		return notAllowed(s.api.do(ctx, http.MethodPut, "/me/password", newPassword(password), nil))
	}
	u, err := s.existing(ctx, name)
	if err != nil {
		return notAllowed(err)
	}
	return s.reset(ctx, u, password)
}

// reset sets the password of another user.
func (s *session) reset(ctx context.Context, u *user, password secret.Value) error {
	return notAllowed(s.api.do(ctx, http.MethodPost, u.path("password"), newPassword(password), nil))
}

func newPassword(password secret.Value) map[string]string {
	return map[string]string{"password": string(password.Reveal())}
}

// Test implements rotator.Session. A statement is a Flux query, in the organisation
// of the secret's org key.
func (s *session) Test(ctx context.Context, statement string) error {
	if statement == "" {
		return s.api.do(ctx, http.MethodGet, "/me", nil, nil)
	}
	query := map[string]string{"query": statement, "type": "flux"}
	if err := s.api.do(ctx, http.MethodPost, "/query?org="+url.QueryEscape(s.credential.Text("org")), query, nil); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Close implements rotator.Session.
func (s *session) Close() error {
	s.api.client.CloseIdleConnections()
	return nil
}
