// Package postgres teaches the rotation functions PostgreSQL 10 and later.
//
// A password reaches the server as a verifier that is computed here: what the
// server, its log and its replicas see cannot be used to log in; save where the
// server is set to md5, whose hashes can.
package postgres

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
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

// Functions are PostgreSQL's, under the names of AWS's templates.
var Functions = rotator.FamilyOf(Engine{},
	"SecretsManagerRDSPostgreSQLRotationSingleUser", "SecretsManagerRDSPostgreSQLRotationMultiUser")

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

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *rotation.Report) (rotator.Session, error) {
	config, err := configFor(c)
	if err != nil {
		return nil, classify(c, err)
	}
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		config.TLSConfig, config.RequireAuth = t, anyProof
		if t == nil && c.TLS != rotator.TLSOff {
			config.RequireAuth = noClear
		}
		return connect(ctx, c, config, r)
	})
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
	config.ConnectTimeout = connectTimeout
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
func (s *session) Test(ctx context.Context, statement string) error {
	statement = cmp.Or(statement, "SELECT now()")
	if _, err := s.conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
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
	verifier, err := s.verifier(ctx, user, password)
	if err != nil {
		return err
	}
	_, err = s.conn.Exec(ctx, "ALTER ROLE "+name(user)+" PASSWORD "+literal(verifier))
	var server *pgconn.PgError
	if errors.As(err, &server) && server.Code == invalidParameter {
		return fmt.Errorf("%w: %w", rotation.ErrUnacceptable, err)
	}
	return err
}

// invalidParameter is the SQLSTATE with which modules that check passwords refuse
// one (invalid_parameter_value).
const invalidParameter = "22023"

// verifier is what the server is to store: SCRAM-SHA-256, unless it is set to
// md5 because its clients are too old for anything else. scram_iterations came
// with PostgreSQL 16.
func (s *session) verifier(ctx context.Context, user string, password secret.Value) (string, error) {
	var kind string
	var iterations *string
	err := s.conn.QueryRow(ctx, "SELECT current_setting('password_encryption'), current_setting('scram_iterations', true)").Scan(&kind, &iterations)
	if err != nil {
		return "", fmt.Errorf("reading password_encryption: %w", err)
	}
	if kind == "md5" || kind == "on" {
		s.report.Note("the password was set as an md5 hash, because the server's password_encryption is %s", kind)
		return md5Verifier(user, password), nil
	}
	if iterations != nil {
		if n, err := strconv.Atoi(*iterations); err == nil && n > 0 {
			return scramVerifier(password, n)
		}
	}
	return scramVerifier(password, defaultIterations)
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
