package postgres

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/rotator"
)

// reasons are the SQLSTATEs with which PostgreSQL turns a login down.
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
	var dns *net.DNSError
	var network net.Error
	switch {
	case errors.As(err, &server) && server.Code == invalidAuthorization:
		return unauthorized(server)
	case errors.As(err, &server):
		if reason, ok := reasons[server.Code]; ok {
			return reason
		}
		return rotator.Broken
	case strings.Contains(err.Error(), "server refused TLS connection"): // pgx has no type for it
		return rotator.NoTLS
	case isTLS(err):
		return rotator.TLSFailed
	case strings.Contains(err.Error(), "server did not complete authentication"): // pgx has no type for it
		return rotator.NoProof
	case errors.As(err, &dns):
		return rotator.Unresolved
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return rotator.TimedOut
	case errors.As(err, &network):
		return rotator.Unreachable
	}
	return rotator.Broken
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

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var alert *net.OpError // crypto/tls has no other type for an alert
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &hostname) ||
		errors.As(err, &invalid) || errors.As(err, &record) || errors.As(err, &alert) && (alert.Op == "remote error" || alert.Op == "local error")
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
