package oracle

import (
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"net"
	"net/url"
	"strconv"
	"sync/atomic"

	goora "github.com/sijms/go-ora/v2"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
	"github.com/alberti-dev/alberti/rotator/internal/oneconn"
)

// goOra is the connector of go-ora, from nothing but the credential.
func goOra(c rotator.Credential, t *tls.Config, sid bool, d *oneconn.Dialer) (driver.Connector, error) {
	u := url.URL{
		Scheme: "oracle", User: url.UserPassword(c.Username, string(c.Password.Reveal())),
		Host: net.JoinHostPort(c.Host, strconv.Itoa(c.Port)), Path: "/",
	}
	// The seconds are for one packet, and go for statements too.
	query := url.Values{"TIMEOUT": {"60"}, "PROGRAM": {"alberti"}, "AUTH TYPE": {"NORMAL"}}
	if sid {
		query.Set("SID", c.Database)
	} else {
		u.Path += c.Database
	}
	switch {
	case t != nil:
		query.Set("SSL", "true")
	case c.TLS != rotator.TLSOff: // Oracle's own encryption; but who answers may say that there is none
		query.Set("ENCRYPTION", "REQUIRED")
	}
	u.RawQuery = query.Encode()
	connector := goora.NewConnector(u.String()).(*goora.OracleConnector)
	connector.Dialer(d)
	if t != nil {
		connector.WithTLSConfig(withOwnName(t, c.Host))
	}
	return connector, nil
}

// withOwnName keeps the name that a certificate is to be for. The driver writes
// the host over it, so where it is another the certificate is verified here.
func withOwnName(t *tls.Config, host string) *tls.Config {
	if t.ServerName == host {
		return t
	}
	t = t.Clone()
	name, roots, after := t.ServerName, t.RootCAs, t.VerifyConnection
	t.InsecureSkipVerify = true // by the driver's name
	t.VerifyConnection = func(state tls.ConnectionState) error {
		between := x509.NewCertPool()
		for _, cert := range state.PeerCertificates[1:] {
			between.AddCert(cert)
		}
		_, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between})
		if err != nil {
			return &tls.CertificateVerificationError{UnverifiedCertificates: state.PeerCertificates, Err: err}
		}
		return after(state)
	}
	return t
}

// watched is a configuration that tells when a server has spoken TLS and is
// vouched for.
func watched(t *tls.Config) (*tls.Config, *atomic.Bool) {
	secured := new(atomic.Bool)
	if t == nil {
		return nil, secured
	}
	t = t.Clone()
	t.VerifyConnection = func(tls.ConnectionState) error {
		secured.Store(true)
		return nil
	}
	return t, secured
}

// unanswered tells whether a handshake found nobody who speaks TLS. Oracle has
// other ports for TLS, and a listener on one without takes the first bytes of a
// handshake for the length of a packet and waits for the rest.
func unanswered(err error) bool {
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		return true
	}
	reason := network.Reason(err)
	return reason != rotator.TLSFailed && reason != rotator.Unresolved
}
