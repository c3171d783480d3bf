// Package directory is what the engines for LDAP servers have in common: how a
// connection is made, and what a server's answers mean. It is no engine.
package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotator"
)

// Timeout is for one connection and its login, as in AWS's templates.
const Timeout = 5 * time.Second

// Conn is a connection to an LDAP server. Referrals are not followed: a password
// is for the server that the secret names.
type Conn struct {
	ldap *ldap.Conn
	wire *wire
}

// errInClear: a simple bind tells the password itself, so there is no going on
// without TLS (rotation-functions.md, 16.7).
var errInClear = errors.New("a password is not sent in clear, unless the secret's ssl key is false")

// Connect opens a connection, with TLS unless t is nil. It fails with a
// *rotator.LoginError.
func Connect(ctx context.Context, c rotator.Credential, t *tls.Config) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	if t == nil && c.TLS != rotator.TLSOff {
		return nil, Failed(c, failure{rotator.NoTLS, errInClear})
	}
	raw, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Address())
	if err != nil {
		return nil, Failed(c, err)
	}
	if t != nil {
		if raw, err = secured(ctx, raw, t, implicit(c)); err != nil {
			return nil, Failed(c, err)
		}
	}
	w := &wire{Conn: raw}
	conn := &Conn{ldap.NewConn(w, t != nil), w}
	conn.ldap.Start()
	return conn, nil
}

// Do runs a request, and gives up when the context ends: the connection is
// broken then. Its error is the server's answer, or says what became of the
// connection, which the library does not.
func (c *Conn) Do(ctx context.Context, request func(*ldap.Conn) error) error {
	stop := context.AfterFunc(ctx, func() { c.wire.Close() })
	defer stop()
	err := request(c.ldap)
	if err == nil || answered(err) {
		return err
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	if broke := c.wire.broke(); broke != nil {
		return fmt.Errorf("the connection broke: %w", broke)
	}
	return err
}

// Close ends the connection.
func (c *Conn) Close() error { return c.ldap.Close() }

// answered tells whether an error is an answer of the server: the library has
// codes of its own from 200 on.
func answered(err error) bool {
	var answer *ldap.Error
	return errors.As(err, &answer) && answer.ResultCode < ldap.ErrorNetwork
}

// implicit tells whether TLS comes first, as on the ports for it, or is asked for
// with StartTLS. The protocol key says so for other ports.
func implicit(c rotator.Credential) bool {
	switch c.Text("protocol") {
	case "ldaps":
		return true
	case "ldap":
		return false
	}
	return slices.Contains([]int{636, 3269}, c.Port)
}

// wire remembers how a connection broke.
type wire struct {
	net.Conn
	mu  sync.Mutex
	err error
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	return n, w.note(err)
}

func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	return n, w.note(err)
}

func (w *wire) note(err error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
	return err
}

func (w *wire) broke() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}
