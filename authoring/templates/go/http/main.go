// A rotation function for Secrets Manager: an account of a service with an HTTP
// API. As it stands, an internal user of OpenSearch, by the account API of its
// security plugin; other services differ in the places that say HERE.
//
// The value: {"host", "port", "username", "password"}. The server's certificate is
// verified, by the authority in "sslrootcert" (PEM) or those of the system; "ssl":
// false does without TLS.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/lambdafunction"
	"github.com/alberti-dev/alberti/secret"
)

func main() { lambdafunction.Start(function) }

func function(c rotator.Config) contract.Function {
	c.TLS = rotator.TLSRequired
	return rotator.SingleUser(engine{}, c)
}

const (
	path    = "/_plugins/_security/api/account"
	timeout = 10 * time.Second // for every answer
)

// engine is what the four steps need to know of the service.
type engine struct{}

// Traits implements rotator.Engine.
func (engine) Traits() rotator.Traits {
	return rotator.Traits{Names: []string{"http"}, AnyEngine: true, Port: 9200, Excluded: "/@\"'\\"}
}

// Login implements rotator.Engine.
func (engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	return c.Dial(r, func(config *tls.Config) (rotator.Session, error) {
		s := &session{login: c, scheme: "https"}
		if config == nil {
			s.scheme = "http"
		}
		s.client = &http.Client{
			Timeout: timeout, Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true},
			// A redirection is an answer like others, so that the login goes nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
		// HERE: any request that needs a login, and 401 without one.
		if err := s.call(ctx, http.MethodGet, nil); err != nil {
			return nil, err
		}
		return s, nil
	})
}

// session is a login.
type session struct {
	login  rotator.Credential
	scheme string
	client *http.Client
}

// SetPassword implements rotator.Session.
func (s *session) SetPassword(ctx context.Context, _ string, password secret.Value) error {
	// HERE: the request that changes the password.
	return s.call(ctx, http.MethodPut, map[string]string{
		"current_password": string(s.login.Password.Reveal()), "password": string(password.Reveal()),
	})
}

// Test implements rotator.Session. Login was the test; a request of your
// application's would prove more.
func (s *session) Test(context.Context, string) error { return nil }

// Close implements rotator.Session. Each request had a connection of its own.
func (s *session) Close() error { return nil }

// call sends a request. An error has no more of the answer than its status.
func (s *session) call(ctx context.Context, method string, body map[string]string) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, method, s.scheme+"://"+s.login.Address()+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.SetBasicAuth(s.login.Username, string(s.login.Password.Reveal()))
	answer, err := s.client.Do(r)
	if err != nil {
		return s.failed(rotator.Unreachable, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode == http.StatusUnauthorized {
		return s.failed(rotator.Refused, fmt.Errorf("%s %s: %s", method, path, answer.Status))
	}
	if answer.StatusCode/100 != 2 {
		return s.failed(rotator.Broken, fmt.Errorf("%s %s: %s", method, path, answer.Status))
	}
	return nil
}

// failed names the reason of a failure. Only rotator.Refused speaks against the
// password, so after that alone another is tried.
func (s *session) failed(why rotator.Reason, err error) error {
	return &rotator.LoginError{Reason: why, Host: s.login.Address(), User: s.login.Username, Err: err}
}
