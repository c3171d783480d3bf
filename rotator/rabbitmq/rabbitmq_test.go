package rabbitmq_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/rabbitmq/amqp091-go"

	"github.com/alberti-dev/alberti/internal/rabbittest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/rabbitmq"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server is the one of all tests here; each has users of its own.
var server *rabbittest.Server

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if server, err = rabbittest.Start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer server.Stop()
	wire = newWire()
	defer wire.server.Close()
	return m.Run()
}

func TestSuite(t *testing.T) {
	t.Parallel()
	const suitePassword = "suite-Password-1"
	newUser(t, "suite admin", suitePassword, "administrator")
	rotatortest.Run(t, rotatortest.Harness{
		Engine: rabbitmq.Engine{},
		Value:  value,
		User:   func(t testing.TB, user, password string) { newUser(t, user, password, "") },
		Login:  login,
		Reset:  func(t testing.TB, user, password string) { newUser(t, user, password, "") },
		Drop:   wire.drop,
		Admin:  "suite admin", AdminPassword: suitePassword, // its connections are cut
		ByAdmin: true, NotInNames: ":", Limit: limit, Grant: grant, Revoke: revoke, Can: can,
	})
}

// value is a secret's value for a user of the server, in clear.
func value(user, password string) map[string]any {
	return map[string]any{
		"engine": "rabbitmq", "host": server.Host, "port": server.AMQP, "managementport": wire.port,
		"username": user, "password": password, "ssl": false,
	}
}

// with changes a value.
func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

// wire is what lies between the engine and the management API: it may be cut for a
// user until that one logs in again.
var wire *cutter

type cutter struct {
	server *httptest.Server
	port   int
	mu     sync.Mutex
	cut    map[string]bool
	left   map[string]int // how many requests about a user still pass
}

func newWire() *cutter {
	to, err := url.Parse(server.URL())
	if err != nil {
		panic(err)
	}
	c := &cutter{cut: map[string]bool{}, left: map[string]int{}}
	forward := httputil.NewSingleHostReverseProxy(to)
	c.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _, _ := r.BasicAuth()
		if !c.pass(user, r) {
			panic(http.ErrAbortHandler)
		}
		forward.ServeHTTP(w, r)
	}))
	at, err := url.Parse(c.server.URL)
	if err != nil {
		panic(err)
	}
	fmt.Sscan(at.Port(), &c.port)
	return c
}

func (c *cutter) pass(user string, r *http.Request) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.URL.Path == "/api/whoami" {
		delete(c.cut, user)
	}
	for about, left := range c.left {
		if strings.Contains(r.URL.Path, about) {
			c.left[about] = left - 1
			return left > 0
		}
	}
	return !c.cut[user]
}

// after has requests about a user fail after so many; all pass when negative.
func (c *cutter) after(n int, user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if delete(c.left, user); n >= 0 {
		c.left[user] = n
	}
}

// passed tells whether none has failed since.
func (c *cutter) passed(user string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left[user] >= 0
}

func (c *cutter) drop(_ testing.TB, user string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut[user] = true
}

// call calls the API as somebody, past the engine.
func call(t testing.TB, user, password, method, path string, body any) (status int, text string) {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, server.URL()+"/api"+path, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(user, password)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(all)
}

// admin calls the API as the administrator.
func admin(t testing.TB, method, path string, body any) string {
	t.Helper()
	status, text := call(t, rabbittest.User, server.Password, method, path, body)
	if status > 299 {
		t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	return text
}

// newUser makes a user, or gives it a password.
func newUser(t testing.TB, user, password, tags string) {
	t.Helper()
	admin(t, http.MethodPut, "/users/"+url.PathEscape(user), map[string]any{"password": password, "tags": tags})
}

// permit gives a user permissions in the virtual host /.
func permit(t testing.TB, user, vhost string) {
	t.Helper()
	admin(t, http.MethodPut, "/permissions/"+url.PathEscape(vhost)+"/"+url.PathEscape(user),
		map[string]any{"configure": "^$", "write": "^w", "read": ".*"})
}

// login logs in past the engine.
func login(t testing.TB, user, password string) error {
	t.Helper()
	if status, text := call(t, user, password, http.MethodGet, "/whoami", nil); status != http.StatusOK && !strings.Contains(text, "Not management user") {
		return errors.New(text)
	}
	return nil
}

// loginAMQP logs in as applications do.
func loginAMQP(user, password, vhost string) error {
	conn, err := amqp091.DialConfig(fmt.Sprintf("amqp://%s:%d", server.Host, server.AMQP), amqp091.Config{
		Vhost: vhost, SASL: []amqp091.Authentication{&amqp091.PlainAuth{Username: user, Password: password}},
	})
	if err != nil {
		return err
	}
	return conn.Close()
}

func accepts(t testing.TB, user, password string) {
	t.Helper()
	if err := login(t, user, password); err != nil {
		t.Errorf("%q cannot log in: %v", user, err)
	}
}

func refuses(t testing.TB, user, password string) {
	t.Helper()
	if login(t, user, password) == nil {
		t.Errorf("%q logs in with a password that is out of force", user)
	}
}

// exists tells whether there is a user.
func exists(t testing.TB, user string) bool {
	t.Helper()
	status, _ := call(t, rabbittest.User, server.Password, http.MethodGet, "/users/"+url.PathEscape(user), nil)
	return status == http.StatusOK
}

// alternating is a secret for two users.
func alternating(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, rabbitmq.Engine{}, value(rabbittest.User, server.Password))
	return rotatortest.New(t, m, "alternating", rotator.AlternatingUsers, rabbitmq.Engine{}, with(v, "masterarn", master.ID))
}

func single(t *testing.T, v map[string]any) *rotatortest.Subject {
	t.Helper()
	return rotatortest.New(t, rotatortest.NewSecrets(), "single", rotator.SingleUser, rabbitmq.Engine{}, v)
}

// set runs the steps up to and with setSecret.
func set(s *rotatortest.Subject) error {
	s.Begin()
	s.Run(secret.CreateSecret)
	return s.Step(secret.SetSecret)
}

// enter logs in with the engine by a value.
func enter(t *testing.T, v map[string]any) (rotator.Session, error) {
	t.Helper()
	session, err := rabbitmq.Engine{}.Login(t.Context(), takeCredential(t, v), &contract.Report{})
	if err == nil {
		t.Cleanup(func() { session.Close() })
	}
	return session, err
}

// taker takes what it is to log in with: a credential is read from a value only by
// the functions.
type taker struct {
	rabbitmq.Engine
	credential rotator.Credential
}

func (e *taker) take(t *testing.T, v map[string]any) {
	t.Helper()
	s := rotatortest.New(t, rotatortest.NewSecrets(), "taken", rotator.SingleUser, e, v)
	s.Begin()
	s.Run(secret.CreateSecret)
	if err := s.Step(secret.SetSecret); !errors.Is(err, errTaken) {
		t.Fatal(err)
	}
}

var errTaken = errors.New("this was to be seen, no more")

func (e *taker) Login(_ context.Context, c rotator.Credential, _ *contract.Report) (rotator.Session, error) {
	e.credential = c
	return nil, errTaken
}

// reason is why a login failed.
func reason(t *testing.T, err error) rotator.Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("not a LoginError: %v", err)
	}
	return failed.Reason
}

// limit leaves a user no connection.
func limit(t testing.TB, user string) {
	t.Helper()
	permit(t, user, "/") // it is counted where the user may go
	admin(t, http.MethodPut, "/user-limits/"+url.PathEscape(user)+"/max-connections", map[string]any{"value": 0})
}

// The two privileges that grant, revoke and can are about: to use a virtual host.
var privileges = []string{"privilege-1", "privilege-2"}

func grant(t testing.TB, user string, n int) {
	t.Helper()
	admin(t, http.MethodPut, "/vhosts/"+privileges[n], map[string]any{})
	permit(t, user, privileges[n])
}

func revoke(t testing.TB, user string, n int) {
	t.Helper()
	admin(t, http.MethodDelete, "/permissions/"+privileges[n]+"/"+url.PathEscape(user), nil)
}

func can(t testing.TB, user, password string, n int) bool {
	t.Helper()
	err := loginAMQP(user, password, privileges[n])
	if err != nil && !strings.Contains(err.Error(), "refused for user") && !strings.Contains(err.Error(), "not found") {
		t.Fatal(err)
	}
	return err == nil
}
