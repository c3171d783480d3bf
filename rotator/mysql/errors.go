package mysql

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

// The numbers of errors that say more than that something went wrong. Up to 2000
// they mean the same to MySQL and MariaDB, above each has its own.
const (
	errParse          = 1064
	errNoSuchColumn   = 1054
	errUnknown        = 1105 // go-mysql-server, and so Dolt, for what it does not understand
	errNoSuchGrant    = 1141
	errNoSuchTable    = 1146
	errPrivilege      = 1227
	errOption         = 1290 // of the server's, such as --read-only, prevents the statement
	errNoSuchRoutine  = 1305
	errReadOnlyTx     = 1792
	errPassword       = 1819 // does not satisfy the policy
	errReadOnlyMode   = 1836
	errHistory        = 3638 // MySQL: contradicts the password history policy
	errSecondEmpty    = 3878 // MySQL
	errWrongCurrent   = 3891 // MySQL
	errMissingCurrent = 3892 // MySQL
	errPluginChanged  = 3894 // MySQL: the current password cannot be retained, the plugin changes
	errNotRetained    = 3895 // MySQL: it cannot be retained
)

// reasons are the errors with which a server turns a login down.
var reasons = map[uint16]rotator.Reason{
	1045: rotator.Refused,    // ER_ACCESS_DENIED_ERROR: no such account, or another password
	1698: rotator.NoProof,    // ER_ACCESS_DENIED_NO_PASSWORD_ERROR: the account has another proof, such as a socket
	1040: rotator.LimitHit,   // ER_CON_COUNT_ERROR, of the server
	1203: rotator.LimitHit,   // ER_TOO_MANY_USER_CONNECTIONS
	1226: rotator.LimitHit,   // ER_USER_LIMIT_REACHED
	1820: rotator.Expired,    // ER_MUST_CHANGE_PASSWORD: may do nothing else
	1862: rotator.Expired,    // ER_MUST_CHANGE_PASSWORD_LOGIN
	3118: rotator.Locked,     // MySQL, ER_ACCOUNT_HAS_BEEN_LOCKED
	3955: rotator.Locked,     // MySQL, after FAILED_LOGIN_ATTEMPTS, for PASSWORD_LOCK_TIME
	4150: rotator.Locked,     // MariaDB, after max_password_errors
	4151: rotator.Locked,     // MariaDB, ER_ACCOUNT_HAS_BEEN_LOCKED
	1044: rotator.NoDatabase, // ER_DBACCESS_DENIED_ERROR: or none that the account may see
	1049: rotator.NoDatabase, // ER_BAD_DB_ERROR
	1047: rotator.NotReady,   // ER_UNKNOWN_COM_ERROR: a Galera node that has not joined
	1053: rotator.NotReady,   // ER_SERVER_SHUTDOWN
	3032: rotator.NotReady,   // MySQL, ER_SERVER_OFFLINE_MODE
	3168: rotator.NotReady,   // MySQL, ER_SERVER_ISNT_AVAILABLE
	3159: rotator.TLSFailed,  // MySQL, ER_SECURE_TRANSPORT_REQUIRED: plain connections are not taken

	errOption:       rotator.Broken,
	errReadOnlyTx:   rotator.ReadOnly,
	errReadOnlyMode: rotator.ReadOnly,
}

// number is that of a server's error; 0 for any other.
func number(err error) uint16 {
	var server *mysql.MySQLError
	if errors.As(err, &server) {
		return server.Number
	}
	return 0
}

// classify says why a login failed.
func classify(c rotator.Credential, err error) error {
	return &rotator.LoginError{Reason: reasonFor(err), Host: c.Address(), User: c.Username, Err: err}
}

func reasonFor(err error) rotator.Reason {
	switch {
	case number(err) != 0:
		if reason, ok := reasons[number(err)]; ok {
			return reason
		}
		return rotator.Broken
	case errors.Is(err, mysql.ErrNoTLS), errors.Is(err, errInClear):
		return rotator.NoTLS
	case errors.Is(err, errOther):
		return rotator.NoProof
	}
	return network.Reason(err)
}

// refusal gives the error of a statement its meaning: a password that the server
// will never take, or a server that takes no changes.
func (s *session) refusal(ctx context.Context, err error) error {
	switch number(err) {
	case errPassword, errHistory:
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, err)
	case errReadOnlyTx, errReadOnlyMode:
		return s.readOnly(err)
	case errOption:
		if on, readErr := s.texts(ctx, "SELECT @@global.read_only"); readErr == nil && len(on) == 1 && on[0] != "0" {
			return s.readOnly(err)
		}
	}
	return err
}

func (s *session) readOnly(err error) error {
	return &rotator.LoginError{Reason: rotator.ReadOnly, Host: s.login.Address(), User: s.login.Username, Err: err}
}

// exec runs a statement that holds no password.
func (s *session) exec(ctx context.Context, statement string) error {
	_, err := s.conn.ExecContext(ctx, statement)
	return s.refusal(ctx, err)
}

// execInClear runs a statement that holds a password. A server that does not
// understand it may quote it, cut off anywhere, so that its words stay here.
func (s *session) execInClear(ctx context.Context, statement string) error {
	if s.exposed {
		return classify(s.login, errInClear)
	}
	_, err := s.conn.ExecContext(ctx, statement)
	if n := number(err); n == errParse || n == errUnknown {
		return fmt.Errorf("the server did not take the statement that sets the password (error %d; its words may quote it)", n)
	}
	return s.refusal(ctx, err)
}
