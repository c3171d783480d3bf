// Package mysql teaches the rotation functions MySQL 8 and 9, Aurora MySQL and
// MariaDB.
//
// One engine serves all: what the server says of itself decides which
// statements it gets, whatever a secret's engine key says. A password reaches
// MariaDB, and every other account of MySQL, as the hash that the server would
// store; where only the password itself will do, that is noted.
package mysql

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

	"github.com/go-sql-driver/mysql"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
)

// Engine is MySQL or MariaDB, self-managed, on RDS or as Aurora.
type Engine struct{ traits rotator.Traits }

// MySQL and MariaDB differ in what their secrets say, and in how long a name may
// be.
var (
	MySQL   = Engine{traitsOf(32, "mysql", "aurora-mysql")}
	MariaDB = Engine{traitsOf(80, "mariadb")}
)

func traitsOf(maxUser int, names ...string) rotator.Traits {
	return rotator.Traits{
		Names:     names,
		Port:      3306,
		Excluded:  "/@\"'\\",
		MaxUser:   maxUser,
		CloneMark: "_clone",
		AsksRules: true,
	}
}

// Functions are MySQL's and MariaDB's, under the names of AWS's templates.
var (
	Functions = rotator.FamilyOf(MySQL,
		"SecretsManagerRDSMySQLRotationSingleUser", "SecretsManagerRDSMySQLRotationMultiUser")
	MariaDBFunctions = rotator.FamilyOf(MariaDB,
		"SecretsManagerRDSMariaDBRotationSingleUser", "SecretsManagerRDSMariaDBRotationMultiUser")
)

// Traits implements rotator.Engine.
func (e Engine) Traits() rotator.Traits { return e.traits }

const connectTimeout = 5 * time.Second // for one try, as in AWS's templates

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	if strings.ContainsRune(c.Username+c.Database, 0) {
		return nil, classify(c, errors.New("a name contains a NUL, at which the server would take it to end"))
	}
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) { return connect(ctx, c, t, r) })
}

// configFor makes a configuration from nothing but the credential.
func configFor(c rotator.Credential, t *tls.Config) *mysql.Config {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = c.Username, string(c.Password.Reveal()), c.Database
	config.Net, config.Addr, config.Timeout = "tcp", c.Address(), connectTimeout
	config.TLS = t
	config.ConnectionAttributes = "program_name:alberti"
	config.Logger = &mysql.NopLogger{}
	return config
}

func connect(ctx context.Context, c rotator.Credential, t *tls.Config, r *contract.Report) (rotator.Session, error) {
	config, stopped := configFor(c, t), false
	exposed := t == nil && c.TLS != rotator.TLSOff
	if exposed {
		config.DialFunc = dialGuarded(&stopped)
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, classify(c, err)
	}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	s := &session{db: sql.OpenDB(once{connector}), login: c, exposed: exposed, report: r}
	if s.conn, err = s.db.Conn(ctx); err == nil {
		err = s.look(ctx)
	}
	if stopped {
		err = errInClear
	}
	if err != nil {
		s.Close()
		return nil, classify(c, err)
	}
	return s, nil
}

// once keeps the database package from trying a login again by itself, which it
// does for one error, and tries again where the driver is at fault.
type once struct{ driver.Connector }

// nonceTries is how often a login is begun. Of 256 challenges of ed25519 one ends
// in a zero byte, which the driver takes off, to find it too short; the password
// has then been neither told nor refused.
const nonceTries = 4

// Connect implements driver.Connector.
func (o once) Connect(ctx context.Context) (conn driver.Conn, err error) {
	for range nonceTries {
		if conn, err = o.Connector.Connect(ctx); !errors.Is(err, mysql.ErrMalformPkt) {
			break
		}
	}
	if errors.Is(err, driver.ErrBadConn) {
		err = errClosed
	}
	return conn, err
}

var errClosed = errors.New("the server closed the connection before it said anything")

// session is a login.
type session struct {
	db       *sql.DB
	conn     *sql.Conn
	login    rotator.Credential
	self     account // who the server says we are
	server   server
	exposed  bool // it was to have TLS, and has none: no password may be told
	prepared bool
	report   *contract.Report
}

// errOther is a login that was let in as somebody else, so that the password
// proves nothing: privilege checks are off, or there is an account without a
// name, or a proxy.
var errOther = errors.New("the server let the login in as another account")

// look finds out where the session is, and as whom.
func (s *session) look(ctx context.Context) error {
	var current, version string
	if err := s.conn.QueryRowContext(ctx, "SELECT CURRENT_USER(), VERSION()").Scan(&current, &version); err != nil {
		return err
	}
	host, ours := strings.CutPrefix(current, s.login.Username+"@")
	if !ours {
		return fmt.Errorf("%w: %s", errOther, current)
	}
	s.self, s.server = account{s.login.Username, host}, serverOf(version)
	return nil
}

// prepare makes the session one in which statements mean what is written here,
// whatever the server's settings are. Nothing of it reaches the test statement
// of a secret's owner, which is to run as an application's would.
func (s *session) prepare(ctx context.Context) error {
	if s.prepared {
		return nil
	}
	mode := ""
	if s.server.grantsMake() {
		mode = "NO_AUTO_CREATE_USER" // or a GRANT to a user who was dropped meanwhile would make one without a password
	}
	set := "SET SESSION character_set_client = utf8mb4, character_set_connection = utf8mb4, character_set_results = utf8mb4, " +
		"sql_quote_show_create = 1, sql_mode = '" + mode + "'"
	if s.server.printsHex() {
		set += ", print_identified_with_as_hex = 1" // a salt may be any bytes
	}
	_, err := s.conn.ExecContext(ctx, set)
	s.prepared = err == nil
	return err
}

// Test implements rotator.Session.
func (s *session) Test(ctx context.Context, statement string) error {
	statement = cmp.Or(statement, "SELECT NOW()")
	rows, err := s.conn.QueryContext(ctx, statement)
	if err == nil {
		for rows.Next() {
		}
		err = errors.Join(rows.Err(), rows.Close())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Close implements rotator.Session.
func (s *session) Close() error {
	if s.conn == nil {
		return s.db.Close()
	}
	return errors.Join(s.conn.Close(), s.db.Close())
}

// texts runs a query that gives one column.
func (s *session) texts(ctx context.Context, query string) (out []string, err error) {
	rows, err := s.conn.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text.String)
	}
	return out, rows.Err()
}

var (
	_ rotator.Overlapper = (*session)(nil)
	_ rotator.Ruler      = (*session)(nil)
	_ rotator.Cloner     = (*session)(nil)
)
