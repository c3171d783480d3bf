package mysql

import (
	"context"
	"errors"
	"net"
)

// errInClear is a login, or a change of a password, that would tell the password
// to whoever answers, over a connection that was to have TLS and has none.
var errInClear = errors.New("the server asks for the password itself, which is told over TLS only, unless the secret's ssl key is false")

// guarded is a connection without TLS to what might not be the server. It lets
// no message of a login pass that is long enough to hold a password under the
// server's public key, as caching_sha2_password and sha256_password send it.
// What proves a password without telling it is shorter.
type guarded struct {
	net.Conn
	stopped *bool // the driver does not pass our error on
}

const (
	header      = 4  // of a packet: three bytes of length, one of sequence
	longestSafe = 64 // bytes; the proof of ed25519. RSA takes 128 and more
)

// Write implements net.Conn. Commands begin at sequence 0, the first message of
// a login, which holds no more than a proof, is at 1.
func (g guarded) Write(p []byte) (int, error) {
	if len(p) > header+longestSafe && p[3] > 1 {
		*g.stopped = true
		return 0, errInClear
	}
	return g.Conn.Write(p)
}

// dialGuarded dials for the driver, and tells whether a message was stopped.
func dialGuarded(stopped *bool) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		var d net.Dialer
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return guarded{conn, stopped}, nil
	}
}
