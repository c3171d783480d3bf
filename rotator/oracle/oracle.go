// Package oracle teaches the rotation functions Oracle Database 12.1 and later.
//
// A statement with a password goes to the server as a bind variable of a block
// that runs it, so that no text of a statement holds one.
package oracle

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/oneconn"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is Oracle, self-managed or on RDS. The zero value uses go-ora.
type Engine struct {
	connect connector
}

// connector makes the driver's connector of a credential, whose database is the
// name of a service or, with sid, of an instance.
type connector func(c rotator.Credential, t *tls.Config, sid bool, d *oneconn.Dialer) (driver.Connector, error)

var traits = rotator.Traits{
	Names: []string{
		"oracle", "oracle-ee", "oracle-ee-cdb", "oracle-se2", "oracle-se2-cdb",
		"custom-oracle-ee", "custom-oracle-ee-cdb", "custom-oracle-se2", "custom-oracle-se2-cdb",
	},
	Port:      1521,
	Excluded:  "/@\"'\\",
	MaxUser:   128, // 30 before Oracle 12.2, which says so itself
	CloneMark: "_CLONE",
	AsksRules: true,
	Account:   canonical,
}

// Functions are Oracle's, under the names of AWS's templates.
var Functions = rotator.FamilyOf(Engine{},
	"SecretsManagerRDSOracleRotationSingleUser", "SecretsManagerRDSOracleRotationMultiUser")

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits { return traits }

const loginTimeout = 5 * time.Second // for one try; AWS's templates have none

// Login implements rotator.Engine. The value's dbname is the name of a service,
// or else of an instance: AWS's templates take it for the one without TLS and for
// the other with it. No password is told before the listener knows the name.
func (e Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	if err := sayable(c); err != nil {
		return nil, err
	}
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		if t == nil && c.TLS != rotator.TLSOff && c.TLS != rotator.TLSCompatible {
			return nil, &rotator.LoginError{Reason: rotator.NoTLS, Host: c.Address(), User: c.Username, Err: errClear}
		}
		s, err := e.login(ctx, c, t, false, r)
		if codeOf(err) == unknownService {
			if s, sidErr := e.login(ctx, c, t, true, r); codeOf(sidErr) != unknownSID {
				return s, sidErr
			}
		}
		return s, err
	})
}

func (e Engine) login(ctx context.Context, c rotator.Credential, t *tls.Config, sid bool, r *contract.Report) (rotator.Session, error) {
	connect := e.connect
	if connect == nil {
		connect = goOra
	}
	var dialer *oneconn.Dialer
	t, secured := watched(t)
	conn, err := oneconn.Open(ctx, loginTimeout, func(d *oneconn.Dialer) (driver.Connector, error) {
		dialer = d
		return connect(c, t, sid, d)
	})
	if err != nil && t != nil && !secured.Load() && dialer.Connected() && unanswered(err) {
		return nil, &rotator.LoginError{Reason: rotator.NoTLS, Host: c.Address(), User: c.Username, Err: err}
	}
	if err != nil {
		return nil, classify(c, err)
	}
	return &session{conn: conn, user: c.Username, password: c.Password, report: r}, nil
}

// session is a login.
type session struct {
	conn     *oneconn.Conn
	user     string
	password secret.Value // in force for the user
	report   *contract.Report
}

// Test implements rotator.Session.
func (s *session) Test(ctx context.Context, statement string) error {
	statement = cmp.Or(statement, "SELECT SYSDATE FROM DUAL")
	if err := s.try(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// try runs a statement; of a query it reads all rows, for a failure may come late.
func (s *session) try(ctx context.Context, statement string) error {
	word, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(statement)), " ")
	if word != "SELECT" && word != "WITH" {
		_, err := s.conn.ExecContext(ctx, statement)
		return err
	}
	rows, err := s.conn.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Err()
}

// Close implements rotator.Session.
func (s *session) Close() error { return s.conn.Close() }

// SetPassword implements rotator.Session. Users give their old password, the one
// that they have just logged in with: where a profile has a verify function, a
// user without ALTER USER must (ORA-28221).
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	if user != s.user {
		return s.identify(ctx, user, password, "")
	}
	old, err := quotedPassword(s.password)
	if err != nil {
		return err
	}
	if err := s.identify(ctx, user, password, " REPLACE "+old); err != nil {
		return err
	}
	s.password = password
	return nil
}

// Rules implements rotator.Ruler: 30 bytes are what every version takes. What a
// verify function wants is known to itself alone; Oracle's own want each type.
func (s *session) Rules(ctx context.Context, user string) (rotator.Rules, error) {
	rules := rotator.Rules{MaxLength: maxPassword, Excluded: `"`}
	function, err := s.limit(ctx, user, "PASSWORD_VERIFY_FUNCTION")
	rules.EachType = function != "" && function != "NULL"
	return rules, err
}

const maxPassword = 30

// limit is what a user's profile says of a resource; empty when this version has
// no such resource.
func (s *session) limit(ctx context.Context, user, resource string) (string, error) {
	if user == s.user {
		return s.text(ctx, "SELECT LIMIT FROM USER_PASSWORD_LIMITS WHERE RESOURCE_NAME = :1", resource)
	}
	return s.text(ctx, `SELECT CASE WHEN P.LIMIT = 'DEFAULT' THEN D.LIMIT ELSE P.LIMIT END FROM DBA_USERS U
JOIN DBA_PROFILES P ON P.PROFILE = U.PROFILE AND P.RESOURCE_NAME = :1
JOIN DBA_PROFILES D ON D.PROFILE = 'DEFAULT' AND D.RESOURCE_NAME = P.RESOURCE_NAME WHERE U.USERNAME = :2`, resource, canonical(user))
}

var errClear = errors.New("Oracle is told a new password itself, and without TLS everybody on the way would hear it; a secret with \"ssl\": false allows that")

var errNoDatabase = errors.New("dbname key is missing from secret JSON: Oracle needs the name of a service or an instance")

// sayable refuses what would be taken for something else on its way: a dbname
// goes into the descriptor of the connection as it is.
func sayable(c rotator.Credential) error {
	fail := func(reason rotator.Reason, err error) error {
		return &rotator.LoginError{Reason: reason, Host: c.Address(), User: c.Username, Err: err}
	}
	if c.Database == "" {
		return fail(rotator.NoDatabase, errNoDatabase)
	}
	if strings.ContainsFunc(c.Database, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-$#", r)
	}) {
		return fail(rotator.NoDatabase, errors.New("dbname is neither the name of a service nor of an instance"))
	}
	return nil
}
