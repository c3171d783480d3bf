package pgwire

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"
)

// errNoTLS is a server's word that it speaks none.
var errNoTLS = errors.New("server refused TLS connection")

// negotiation asks a server for TLS. One that speaks none may be spoken to in plain
// over the same connection: another would cost it a process, and both a moment.
type negotiation struct {
	address string
	refused net.Conn // by the server at that address, nil for none
}

// dial gives a connection with TLS, or a plain one when there is no configuration.
func (n *negotiation) dial(ctx context.Context, network, address string, config *tls.Config) (net.Conn, error) {
	if config == nil && n.refused != nil && n.address == address {
		conn := n.refused
		n.refused = nil
		return conn, nil
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil || config == nil {
		return conn, err
	}
	secured, err := startTLS(ctx, conn, config)
	if errors.Is(err, errNoTLS) {
		n.close()
		n.address, n.refused = address, conn
		return nil, err
	}
	if err != nil {
		conn.Close()
	}
	return secured, err
}

// close ends a connection that nobody went on with.
func (n *negotiation) close() {
	if n.refused != nil {
		n.refused.Close()
		n.refused = nil
	}
}

// sslRequest is the code of a request for TLS.
const sslRequest = 80877103

// startTLS asks for TLS, and begins it.
func startTLS(ctx context.Context, conn net.Conn, config *tls.Config) (_ net.Conn, err error) {
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() {
			err = ctx.Err() // and the deadline may come yet
		}
	}()
	if err := binary.Write(conn, binary.BigEndian, []int32{8, sslRequest}); err != nil {
		return nil, err
	}
	var answer [1]byte // and no more: what follows belongs to TLS
	if _, err := io.ReadFull(conn, answer[:]); err != nil {
		return nil, err
	}
	if answer[0] != 'S' {
		return nil, errNoTLS
	}
	secured := tls.Client(conn, config)
	return secured, secured.HandshakeContext(ctx)
}
