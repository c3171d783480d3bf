// Package sqlserver teaches the rotation functions Microsoft SQL Server 2012 and
// later: logins, and the users of contained databases, which are no logins.
//
// No statement has a password in its text. ALTER LOGIN takes no parameters, so
// the server itself makes the statement of parameters (statements.go).
package sqlserver

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/fold"
	"github.com/alberti-dev/alberti/rotator/internal/oneconn"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is SQL Server, self-managed or on RDS.
type Engine struct{}

var traits = rotator.Traits{
	Names:     []string{"sqlserver", "sqlserver-ex", "sqlserver-web", "sqlserver-se", "sqlserver-ee"},
	Port:      1433,
	Database:  "master",
	Excluded:  "/@\"'\\",
	MaxUser:   maxName,
	CloneMark: "_clone",
	AsksRules: true,
	// Most servers' collations know no case and no width, some no accents.
	Account: fold.Name,
}

// maxName is how long names and passwords are at most, in UTF-16 code units.
const maxName = 128

// Functions are SQL Server's, under the names of AWS's templates.
var Functions = rotator.FamilyOf(Engine{},
	"SecretsManagerRDSSQLServerRotationSingleUser", "SecretsManagerRDSSQLServerRotationMultiUser")

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits { return traits }

const loginTimeout = 5 * time.Second // for one try, as in AWS's templates

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		config, err := configFor(c, t)
		if err != nil {
			return nil, err
		}
		conn, err := oneconn.Open(ctx, loginTimeout, func(d *oneconn.Dialer) (driver.Connector, error) {
			connector := mssql.NewConnectorConfig(config)
			connector.Dialer = d
			return connector, nil
		})
		if err != nil {
			return nil, classify(c, err)
		}
		if t == nil && c.TLS != rotator.TLSOff {
			r.Note("the connection has TLS, but nobody vouches for the server's certificate")
		}
		return &session{conn: conn, user: c.Username, password: c.Password, database: c.Database, report: r}, nil
	})
}

var errClear = errors.New("SQL Server's login tells the password itself, and without TLS everybody on the way would hear it")

// configFor makes a configuration from nothing but the credential. A login tells
// the server the password as it is, so a connection that was to have TLS has it
// or is not made: where AWS's templates would go on without, TLSCompatible goes
// on with a certificate that nobody vouches for, which is what those templates
// have all the time. With TLSOff the login alone is encrypted, if the server can.
func configFor(c rotator.Credential, t *tls.Config) (msdsn.Config, error) {
	config := msdsn.Config{
		Host: c.Host, Port: uint64(c.Port), Database: c.Database,
		User: c.Username, Password: string(c.Password.Reveal()),
		AppName: "alberti", Workstation: "alberti", Protocols: []string{"tcp"}, Parameters: map[string]string{},
		DisableRetry: true, DialTimeout: loginTimeout,
		Encryption: msdsn.EncryptionRequired, TLSConfig: t,
		// A name that was given is the certificate's, wherever a gateway sends us.
		HostInCertificateProvided: c.Text("sslservername") != "",
	}
	if err := sayable(c); err != nil {
		return config, &rotator.LoginError{Reason: rotator.Broken, Host: c.Address(), User: c.Username, Err: err}
	}
	if t != nil {
		return config, nil
	}
	config.TLSConfig = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}
	switch c.TLS {
	case rotator.TLSOff:
		config.Encryption = msdsn.EncryptionOff
	case rotator.TLSCompatible:
	default:
		return config, &rotator.LoginError{Reason: rotator.NoTLS, Host: c.Address(), User: c.Username, Err: errClear}
	}
	return config, nil
}

var (
	errWindows = errors.New("this is an account of Windows: its password is not SQL Server's to change")
	errBeyond  = errors.New("the driver cuts off a login with characters beyond U+FFFF")
)

// sayable refuses what the driver would make something else of: NTLM of a name
// with a backslash, which no account of SQL Server's own has, and another name or
// password of one with characters that take two code units.
func sayable(c rotator.Credential) error {
	if strings.Contains(c.Username, `\`) {
		return errWindows
	}
	if beyond(c.Username) || beyond(c.Database) || beyond(string(c.Password.Reveal())) {
		return errBeyond
	}
	return nil
}

func beyond(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r > 0xffff })
}

// session is a login.
type session struct {
	conn     *oneconn.Conn
	user     string
	password secret.Value // in force for the user
	database string       // that the login is in, and comes back to
	report   *contract.Report
}

// Test implements rotator.Session.
func (s *session) Test(ctx context.Context, statement string) error {
	statement = cmp.Or(statement, "SELECT SYSDATETIME()")
	if _, err := s.conn.ExecContext(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Close implements rotator.Session.
func (s *session) Close() error { return s.conn.Close() }

// SetPassword implements rotator.Session. The user of the session gives its old
// password: the one that it has just logged in with, whatever version of the
// secret that is from.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	kind, err := s.kindOf(ctx, user)
	if err != nil {
		return err
	}
	if user != s.user {
		return s.run(ctx, alter(kind), password, sql.Named("user", user))
	}
	err = s.run(ctx, alterOwn(kind), password, sql.Named("user", user), sql.Named("old", string(s.password.Reveal())))
	if err == nil {
		s.password = password
	}
	return err
}

// Rules implements rotator.Ruler. What a policy of Windows wants exactly cannot
// be asked for, but where none is checked there is none.
func (s *session) Rules(ctx context.Context, user string) (rotator.Rules, error) {
	kind, err := s.kindOf(ctx, user)
	if err != nil {
		return rotator.Rules{}, err
	}
	checked := true // contained users cannot do without
	if kind == login {
		err = s.conn.QueryRowContext(ctx, "SELECT is_policy_checked FROM sys.sql_logins WHERE name = @user", sql.Named("user", user)).Scan(&checked)
		if errors.Is(err, sql.ErrNoRows) {
			checked, err = true, nil // a user that is yet to be made
		}
	}
	return rotator.Rules{MaxLength: maxName, EachType: checked}, err
}
