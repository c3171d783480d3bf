// Package pgwire is what the engines that speak PostgreSQL's protocol have in
// common: how they log in, why that failed, and how statements are quoted.
package pgwire

import (
	"cmp"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
)

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

// Login logs in with TLS or without, as the credential asks; open makes a session
// of the connection.
func Login(ctx context.Context, c rotator.Credential, r *contract.Report, open func(*pgx.Conn) rotator.Session) (rotator.Session, error) {
	config, err := configFor(c)
	if err != nil {
		return nil, classify(c, err)
	}
	var tried negotiation
	defer tried.close()
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
			return tried.dial(ctx, network, address, t)
		}
		config.RequireAuth = anyProof
		if t == nil && c.TLS != rotator.TLSOff {
			config.RequireAuth = noClear
		}
		conn, err := connect(ctx, config)
		if err != nil {
			return nil, classify(c, err)
		}
		return open(conn), nil
	})
}

// bareConfig is parsed once: that looks at the variables and the files of this
// machine, which takes as long as a fifth of a login.
var bareConfig = sync.OnceValues(parseConfig)

// parseConfig makes a configuration that says nothing by itself: no variable or
// file of this machine has a say in where a password is sent.
func parseConfig() (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig("host=localhost port=5432 sslmode=disable passfile=/dev/null servicefile=/dev/null connect_timeout=5 " +
		"sslnegotiation=postgres sslcertmode=disable sslrootcert='' target_session_attrs=any channel_binding=prefer require_auth='' " +
		"min_protocol_version=3.0 max_protocol_version=3.0")
	if err != nil {
		return nil, err
	}
	config.Fallbacks = nil
	config.ConnectTimeout = connectTimeout
	config.RuntimeParams = map[string]string{"application_name": "alberti"}
	config.KerberosSrvName, config.KerberosSpn = "", ""
	config.ValidateConnect, config.AfterConnect = nil, nil
	config.DefaultQueryExecMode = pgx.QueryExecModeExec // one round trip: nothing is run often enough to be prepared
	return config, nil
}

// configFor is the configuration for a credential.
func configFor(c rotator.Credential) (*pgx.ConnConfig, error) {
	bare, err := bareConfig()
	if err != nil {
		return nil, err
	}
	config := bare.Copy()
	config.Host, config.Port = c.Host, uint16(c.Port)
	config.User, config.Password, config.Database = c.Username, string(c.Password.Reveal()), c.Database
	return config, nil
}

func connect(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return pgx.ConnectConfig(ctx, config)
}

// Close ends a connection.
func Close(conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	return conn.Close(ctx)
}

// Test runs the statement that a secret's owner wants to see succeed.
func Test(ctx context.Context, conn *pgx.Conn, statement string) error {
	statement = cmp.Or(statement, "SELECT now()")
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
