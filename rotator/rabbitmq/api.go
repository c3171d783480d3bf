package rabbitmq

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/web"
)

// api is the management API for one user.
type api struct {
	client   *http.Client
	base     string
	username string
	password string
}

func newAPI(c rotator.Credential, t *tls.Config) (*api, error) {
	scheme, port := "http", apiPortPlain
	if t != nil {
		scheme, port = "https", apiPortTLS
	}
	port, err := c.PortAt(managementPort, port)
	if err != nil {
		return nil, err
	}
	return &api{
		client:   web.Client(&http.Transport{TLSClientConfig: t.Clone()}),
		base:     scheme + "://" + net.JoinHostPort(c.Host, strconv.Itoa(port)) + "/api",
		username: c.Username,
		password: string(c.Password.Reveal()),
	}, nil
}

// answerError is an answer that is none of success.
type answerError struct {
	Status int
	Reason string
}

// Error gives what the server said.
func (e *answerError) Error() string {
	return fmt.Sprintf("the management API answered %d: %s", e.Status, e.Reason)
}

// What the API says with status 401, where only the first is about the password.
const (
	loginFailed      = "Login failed"
	notManagement    = "Not management user"
	notAdministrator = "Not administrator user"
)

func (e *answerError) isNotManagement() bool {
	return e.Status == http.StatusUnauthorized && e.Reason == notManagement
}

// get reads an object; into may be nil.
func (a *api) get(ctx context.Context, path string, into any) error {
	return a.do(ctx, http.MethodGet, path, nil, into)
}

func (a *api) put(ctx context.Context, path string, body any) error {
	return a.do(ctx, http.MethodPut, path, body, nil)
}

func (a *api) delete(ctx context.Context, path string) error {
	return a.do(ctx, http.MethodDelete, path, nil, nil)
}

func (a *api) do(ctx context.Context, method, path string, body, into any) error {
	authorize := func(r *http.Request) { r.SetBasicAuth(a.username, a.password) }
	return web.API{Client: a.client, Base: a.base, Authorize: authorize, Refusal: refusal}.Do(ctx, method, path, body, into)
}

// refusal reads an answer that is none of success.
func refusal(status int, text []byte) error {
	var said struct {
		Reason string `json:"reason"`
	}
	if json.Unmarshal(text, &said) != nil || said.Reason == "" {
		said.Reason = http.StatusText(status)
	}
	return &answerError{status, said.Reason}
}

// path makes a path of names; any character may be in them.
func path(names ...string) string {
	var out string
	for _, name := range names {
		out += "/" + url.PathEscape(name)
	}
	return out
}
