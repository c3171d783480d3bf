package pgwire

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

// reasons are the SQLSTATEs with which a server turns a login down.
var reasons = map[string]rotator.Reason{
	"28P01": rotator.Refused,    // invalid_password
	"53300": rotator.LimitHit,   // too_many_connections, of the server or the role
	"57P03": rotator.NotReady,   // cannot_connect_now: starting up, shutting down, in recovery
	"57P01": rotator.NotReady,   // admin_shutdown
	"3D000": rotator.NoDatabase, // invalid_catalog_name
}

// classify says why a login failed.
func classify(c rotator.Credential, err error) error {
	return &rotator.LoginError{Reason: reasonFor(err), Host: c.Address(), User: c.Username, Err: bare(err)}
}

func reasonFor(err error) rotator.Reason {
	var server *pgconn.PgError
	switch {
	case errors.As(err, &server) && server.Code == invalidAuthorization:
		return unauthorized(server)
	case errors.As(err, &server):
		if reason, ok := reasons[server.Code]; ok {
			return reason
		}
		return rotator.Broken
	case errors.Is(err, errNoTLS):
		return rotator.NoTLS
	case strings.Contains(err.Error(), "server did not complete authentication"): // pgx has no type for it
		return rotator.NoProof
	}
	return network.Reason(err)
}

// bare takes the driver's preamble, which repeats user and host, off an error.
func bare(err error) error {
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) {
		if inner := errors.Unwrap(connect); inner != nil {
			return inner
		}
	}
	return err
}

const invalidAuthorization = "28000" // invalid_authorization_specification

// unauthorized tells the meanings of one SQLSTATE apart by the server's function
// that raised it, since texts are translated: a role that may not log in was asked
// after its password was found right, and no password opens what pg_hba.conf
// closes.
func unauthorized(e *pgconn.PgError) rotator.Reason {
	switch e.Routine {
	case "InitializeSessionUserId":
		return rotator.Locked
	case "ClientAuthentication":
		return rotator.Forbidden
	}
	return rotator.Refused
}
