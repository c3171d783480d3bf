// Package redis teaches the rotation functions Redis and Valkey with users of
// their ACL: Redis 6 and later, and 7 for alternating users, who need selectors.
//
// A password reaches the server as its SHA-256, which neither MONITOR nor its
// log, its slow log or its files could turn into a login. Logins are the
// exception: Redis has no way to log in but to tell the password, so one goes
// over TLS, or in clear where the secret's ssl key is false.
package redis

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
)

// Engine is Redis or Valkey.
type Engine struct{ anyEngine bool }

// Traits implements rotator.Engine.
func (e Engine) Traits() rotator.Traits {
	return rotator.Traits{
		Names:     []string{"redis", "valkey"},
		AnyEngine: e.anyEngine,
		Port:      6379,
		Excluded:  "/@\"'\\",
		CloneMark: "_clone",
	}
}

// ElastiCache is the engine of secrets that are made for AWS's function for
// ElastiCache users: they have no engine key.
var ElastiCache = Engine{anyEngine: true}

// Functions are those of Redis and Valkey. The third answers to the name of AWS's
// function for ElastiCache users; it does by ACL what that one does by a call to
// AWS (rotation-functions.md, 12).
var Functions = rotator.Family{
	Engines: Engine{}.Traits().Names,
	Functions: append(
		rotator.FamilyOf(Engine{}, "SecretsManagerRedisRotationSingleUser", "SecretsManagerRedisRotationMultiUser").Functions,
		rotator.FamilyOf(ElastiCache, "SecretsManagerElasticacheUserRotation", "").Functions...),
}

// connectTimeout bounds one try to log in.
const connectTimeout = 5 * time.Second

var errClear = errors.New(`Redis is told passwords in clear, and the secret's ssl key does not say false, which would allow that without TLS`)

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		if t == nil && c.TLS != rotator.TLSOff {
			return nil, failed(c, rotator.NoTLS, errClear)
		}
		conn, err := dial(ctx, c, t)
		if err != nil {
			return nil, err
		}
		s := &session{conn: redis.NewConn(conn, 0, 0), user: c.Username, report: r}
		if err := s.authenticate(ctx, c); err != nil {
			s.Close()
			return nil, err
		}
		return s, nil
	})
}

// dial connects, with TLS or without.
func dial(ctx context.Context, c rotator.Credential, t *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", c.Address())
	if err != nil {
		return nil, classify(c, err)
	}
	if t == nil {
		return conn, nil
	}
	secure := tls.Client(conn, t)
	err = secure.HandshakeContext(ctx)
	if err == nil {
		return secure, nil
	}
	conn.Close()
	if reason := reasonFor(err); reason != rotator.TimedOut || !speaksPlain(c) {
		return nil, failed(c, reason, err)
	}
	return nil, failed(c, rotator.NoTLS, err)
}

// speaksPlain tells whether a server answers without TLS. One that does says
// nothing to the beginning of TLS: it waits for the end of a line, so that all
// there is to be seen of it is a time-out.
func speaksPlain(c rotator.Credential) bool {
	conn, err := net.DialTimeout("tcp", c.Address(), connectTimeout)
	if err != nil {
		return false
	}
	defer conn.Close()
	_, err = redis.NewConn(conn, connectTimeout, connectTimeout).Do("PING")
	var answer redis.Error
	return err == nil || errors.As(err, &answer)
}

// authenticate logs in, and makes sure that this proves anything: a user with
// nopass is let in with every password, and a rotation there would report success
// and change nothing.
func (s *session) authenticate(ctx context.Context, c rotator.Credential) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	if _, err := s.do(ctx, "AUTH", c.Username, string(c.Password.Reveal())); err != nil {
		return classify(c, err)
	}
	_, err := s.do(ctx, "AUTH", c.Username, rand.Text())
	var answer redis.Error
	switch {
	case err == nil:
		return failed(c, rotator.NoProof, errors.New("the server lets the user in with any password (nopass)"))
	case errors.As(err, &answer):
		return nil
	}
	return classify(c, err)
}

// session is a login: one connection, which is never made anew behind our back.
type session struct {
	conn   redis.Conn
	user   string
	report *contract.Report
}

// Test implements rotator.Session. A statement is a command, its words separated
// by spaces. Without one, a user who may not even PING has been tested by its
// login.
func (s *session) Test(ctx context.Context, statement string) error {
	words := strings.Fields(statement)
	if len(words) == 0 {
		_, err := s.do(ctx, "PING")
		if code(err) == noPermission {
			return nil
		}
		return err
	}
	args := make([]any, 0, len(words))
	for _, word := range words[1:] {
		args = append(args, word)
	}
	if _, err := s.do(ctx, words[0], args...); err != nil {
		return fmt.Errorf("%s: %w", words[0], err)
	}
	return nil
}

// Close implements rotator.Session.
func (s *session) Close() error { return s.conn.Close() }

func (s *session) do(ctx context.Context, command string, args ...any) (any, error) {
	return redis.DoContext(s.conn, ctx, command, args...)
}
