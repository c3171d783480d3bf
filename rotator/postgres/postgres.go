// Package postgres teaches the rotation functions PostgreSQL 10 and later.
//
// A password reaches the server as a verifier that is computed here: what the
// server, its log and its replicas see cannot be used to log in; save where the
// server is set to md5, whose hashes can.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is PostgreSQL, self-managed, on RDS or as Aurora.
type Engine struct{ hashing *hashing }

var traits = rotator.Traits{
	Names:     []string{"postgres", "aurora-postgresql"},
	Port:      5432,
	Database:  "postgres",
	Excluded:  ":/@\"'\\",
	MaxUser:   63,
	CloneMark: "_clone",
}

// Functions are PostgreSQL's, under the names of AWS's templates.
var Functions = rotator.FamilyOf(Engine{},
	"SecretsManagerRDSPostgreSQLRotationSingleUser", "SecretsManagerRDSPostgreSQLRotationMultiUser")

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits { return traits }

// Login implements rotator.Engine.
func (e Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	return pgwire.Login(ctx, c, r, func(conn *pgx.Conn) rotator.Session { return &session{conn, r, e.hashing} })
}

// session is a login.
type session struct {
	conn    *pgx.Conn
	report  *contract.Report
	hashing *hashing
}

// Test implements rotator.Session.
func (s *session) Test(ctx context.Context, statement string) error {
	return pgwire.Test(ctx, s.conn, statement)
}

// Close implements rotator.Session.
func (s *session) Close() error { return pgwire.Close(s.conn) }

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
		_, err := s.conn.Exec(ctx, "ALTER ROLE "+pgwire.Name(user)+" PASSWORD "+pgwire.Literal(verifier))
		var server *pgconn.PgError
		if errors.As(err, &server) && server.Code == invalidParameter {
			return fmt.Errorf("%w: %w", contract.ErrUnacceptable, err)
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
		return pgwire.MD5(user, password), nil
	}
	iterations, err := s.iterations(ctx)
	if err != nil {
		return "", err
	}
	if s.hashing.is(password, iterations) {
		return s.hashing.result()
	}
	return scramVerifier(password, iterations)
}

// iterations is how often the server wants a password hashed. It tells without
// being asked, save where something in between keeps that to itself.
func (s *session) iterations(ctx context.Context) (int, error) {
	if s.version() < hasIterations {
		return defaultIterations, nil
	}
	text := s.conn.PgConn().ParameterStatus("scram_iterations")
	if text == "" {
		var err error
		if text, err = s.show(ctx, "scram_iterations"); err != nil {
			return 0, err
		}
	}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return n, nil
	}
	return defaultIterations, nil
}

// show reads a setting, without the functions that a new session would have to
// look up for a SELECT.
func (s *session) show(ctx context.Context, setting string) (value string, err error) {
	if err := s.conn.QueryRow(ctx, "SHOW "+setting, pgx.QueryExecModeSimpleProtocol).Scan(&value); err != nil {
		return "", fmt.Errorf("reading %s: %w", setting, err)
	}
	return value, nil
}

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
