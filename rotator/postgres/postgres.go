// Package postgres teaches the rotation functions PostgreSQL 10 and later.
//
// A password reaches the server as a verifier that is computed here: what the
// server, its log and its replicas see cannot be used to log in; save where the
// server is set to md5, whose hashes can.
package postgres

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is PostgreSQL, self-managed, on RDS or as Aurora.
type Engine struct{}

var traits = rotator.Traits{
	Names:     []string{"postgres", "aurora-postgresql"},
	Port:      5432,
	Database:  "postgres",
	Excluded:  ":/@\"'\\",
	MaxUser:   63,
	CloneMark: "_clone",
}

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits { return traits }

// What a server may ask for: a password, in one form or another. One that asks
// for none, as under trust, takes every password for the right one, and a
// rotation there would report success and prove nothing.
const (
	anyProof = "password,md5,scram-sha-256"
	// noClear is for a connection that was to have TLS and has none: what answers
	// might not be the server, and gets no password in clear.
	noClear = "md5,scram-sha-256"
)

const connectTimeout = 5 * time.Second // for one try, as in AWS's templates

// Login implements rotator.Engine. Without an ssl key it tries TLS, verified, and
// if that fails goes on in plain text, as AWS's templates do, but says so
// (rotation-functions.md, 1.8).
func (Engine) Login(ctx context.Context, c rotator.Credential, r *rotation.Report) (rotator.Session, error) {
	config, err := configFor(c)
	if err != nil {
		return nil, classify(c, err)
	}
	if c.TLS == rotator.TLSOff {
		config.TLSConfig = nil
		return connect(ctx, c, config, r)
	}
	session, err := connect(ctx, c, config, r)
	if err == nil || c.TLS == rotator.TLSRequired || !fellOnTLS(err) {
		return session, err
	}
	why := err
	config.TLSConfig = nil
	config.RequireAuth = noClear
	session, err = connect(ctx, c, config, r)
	var login *rotator.LoginError
	if errors.As(err, &login) {
		login.Err = fmt.Errorf("%w (without TLS, after %w)", login.Err, why)
		return nil, login
	}
	r.Note("connected without TLS, since the secret's ssl key does not ask for it: %v", why)
	return session, nil
}

// configFor makes a configuration from nothing but the credential: no variable
// or file of this machine has a say in where a password is sent.
func configFor(c rotator.Credential) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig("host=localhost port=5432 sslmode=disable passfile=/dev/null servicefile=/dev/null connect_timeout=5 " +
		"sslnegotiation=postgres sslcertmode=disable sslrootcert='' target_session_attrs=any channel_binding=prefer require_auth='' " +
		"min_protocol_version=3.0 max_protocol_version=3.0")
	if err != nil {
		return nil, err
	}
	config.Host, config.Port, config.Fallbacks = c.Host, uint16(c.Port), nil
	config.User, config.Password, config.Database = c.Username, string(c.Password.Reveal()), c.Database
	config.ConnectTimeout, config.RequireAuth = connectTimeout, anyProof
	config.TLSConfig = &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}
	config.RuntimeParams = map[string]string{"application_name": "alberti"}
	config.KerberosSrvName, config.KerberosSpn = "", ""
	config.ValidateConnect, config.AfterConnect = nil, nil
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // one round trip: nothing is run often enough to be prepared
	return config, nil
}

func connect(ctx context.Context, c rotator.Credential, config *pgx.ConnConfig, r *rotation.Report) (rotator.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, classify(c, err)
	}
	return &session{conn: conn, report: r}, nil
}

// session is a login.
type session struct {
	conn   *pgx.Conn
	report *rotation.Report
}

// Test implements rotator.Session.
func (s *session) Test(ctx context.Context) error {
	if _, err := s.conn.Exec(ctx, "SELECT now()"); err != nil {
		return fmt.Errorf("SELECT now(): %w", err)
	}
	return nil
}

// Close implements rotator.Session.
func (s *session) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return s.conn.Close(ctx)
}

// SetPassword implements rotator.Session.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	set, err := s.Prepare(ctx, user, password)
	if err != nil {
		return err
	}
	return set(ctx)
}

// Prepare implements rotator.Preparer.
func (s *session) Prepare(ctx context.Context, user string, password secret.Value) (set func(context.Context) error, err error) {
	verifier, err := s.verifier(ctx, user, password)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error {
		_, err := s.conn.Exec(ctx, "ALTER ROLE "+name(user)+" PASSWORD "+literal(verifier))
		var server *pgconn.PgError
		if errors.As(err, &server) && server.Code == invalidParameter {
			return fmt.Errorf("%w: %w", rotation.ErrUnacceptable, err)
		}
		return err
	}, nil
}

// invalidParameter is the SQLSTATE with which modules that check passwords refuse
// one (invalid_parameter_value).
const invalidParameter = "22023"

// verifier is what the server is to store: SCRAM-SHA-256, unless it is set to
// md5 because its clients are too old for anything else.
func (s *session) verifier(ctx context.Context, user string, password secret.Value) (string, error) {
	kind, err := s.show(ctx, "password_encryption")
	if err != nil {
		return "", err
	}
	if kind == "md5" || kind == "on" {
		s.report.Note("the password was set as an md5 hash, because the server's password_encryption is %s", kind)
		return md5Verifier(user, password), nil
	}
	iterations := defaultIterations
	if s.version() >= hasIterations {
		text, err := s.show(ctx, "scram_iterations")
		if err != nil {
			return "", err
		}
		if n, err := strconv.Atoi(text); err == nil && n > 0 {
			iterations = n
		}
	}
	return scramVerifier(password, iterations)
}

// show reads a setting, without the functions that a new session would have to
// look up for a SELECT.
func (s *session) show(ctx context.Context, setting string) (value string, err error) {
	if err := s.conn.QueryRow(ctx, "SHOW "+setting, pgx.QueryExecModeSimpleProtocol).Scan(&value); err != nil {
		return "", fmt.Errorf("reading %s: %w", setting, err)
	}
	return value, nil
}

// name quotes an identifier.
func name(identifier string) string { return pgx.Identifier{identifier}.Sanitize() }

// literal quotes a text. Utility statements take no parameters.
func literal(text string) string {
	out := make([]byte, 0, len(text)+3)
	out = append(out, " E'"...)
	for i := range len(text) {
		if text[i] == '\'' || text[i] == '\\' {
			out = append(out, text[i])
		}
		out = append(out, text[i])
	}
	return string(append(out, '\''))
}

func address(c rotator.Credential) string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// hasIterations is the first version with scram_iterations.
const hasIterations = 16

// grantsHaveOptions is the first version in which a grant of a role has options
// of its own, and may exist once for each grantor.
const grantsHaveOptions = 16

// version is the server's major version.
func (s *session) version() int {
	text := s.conn.PgConn().ParameterStatus("server_version") // such as 15.18 (Debian 15.18-1), or 18beta1
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	n, _ := strconv.Atoi(text[:digits])
	return n
}
