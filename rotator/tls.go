package rotator

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotation/contract"
)

// TLSMode is how a target is spoken to: as a secret's ssl key asks, or else the
// configuration (rotation-functions.md, 1.8 and 16.7).
type TLSMode int

// The modes. A password is never sent in clear over a connection that was to have
// TLS and has none.
const (
	TLSPreferred  TLSMode = iota // verified, and plain if the server speaks no TLS
	TLSRequired                  // verified, or not at all
	TLSOff                       // plain
	TLSCompatible                // as AWS's templates: verified, and plain if that fails in any way
)

// ParseTLSMode reads the mode for secrets that have no ssl key.
func ParseTLSMode(text string) (TLSMode, error) {
	for mode, name := range map[TLSMode]string{TLSPreferred: "preferred", TLSRequired: "required", TLSCompatible: "compatible"} {
		if text == name {
			return mode, nil
		}
	}
	return 0, fmt.Errorf("%q is none of preferred, required and compatible", text)
}

// tlsMode reads the ssl key: true or "true", false or "false", anything else is
// as good as absent.
func tlsMode(v jsontext.Value, absent TLSMode) TLSMode {
	switch strings.ToLower(strings.Trim(string(v), `"`)) {
	case "true":
		return TLSRequired
	case "false":
		return TLSOff
	}
	return absent
}

// plainAfter tells whether the mode allows to go on without TLS after a failure.
func (m TLSMode) plainAfter(err error) bool {
	var login *LoginError
	if !errors.As(err, &login) {
		return false
	}
	return login.Reason == NoTLS && (m == TLSPreferred || m == TLSCompatible) || login.Reason == TLSFailed && m == TLSCompatible
}

// Dial logs in with TLS, without, or with one after the other, as the credential
// asks. Connect makes one try; it gets nil for a plain connection, and must not
// tell a password in clear when the credential's mode is not TLSOff. It reports
// NoTLS for a server that speaks none and TLSFailed for every other failure of
// TLS.
func (c Credential) Dial(r *contract.Report, connect func(*tls.Config) (Session, error)) (Session, error) {
	r.TLS = ""
	if c.TLS == TLSOff {
		return connect(nil)
	}
	config, err := c.tlsConfig()
	if err != nil {
		return nil, &LoginError{Reason: TLSFailed, Host: c.Address(), User: c.Username, Err: err}
	}
	var agreed string
	config.VerifyConnection = func(s tls.ConnectionState) error {
		agreed = fmt.Sprintf("%s, %s, verified as %s", tls.VersionName(s.Version), tls.CipherSuiteName(s.CipherSuite), config.ServerName)
		return nil
	}
	session, err := connect(config)
	if err == nil {
		r.TLS = agreed
	}
	if err == nil || !c.TLS.plainAfter(err) {
		return session, err
	}
	why := err
	session, err = connect(nil)
	var login *LoginError
	if errors.As(err, &login) {
		login.Err = fmt.Errorf("%w (without TLS, after %w)", login.Err, why)
		return nil, login
	}
	if err != nil {
		return nil, err
	}
	r.Note("connected without TLS, since the secret's ssl key does not ask for it: %v", why)
	return session, nil
}

// tlsConfig verifies the server with the credential's own authority, sslrootcert,
// or those that the configuration and the system know, for the name sslservername
// or the host. The keys sslcert and sslkey are a certificate of the client's. All
// are PEM.
func (c Credential) tlsConfig() (*tls.Config, error) {
	config := &tls.Config{ServerName: c.Host, RootCAs: c.roots, MinVersion: tls.VersionTLS12}
	if name := c.Text("sslservername"); name != "" {
		config.ServerName = name
	}
	if root := c.Text("sslrootcert"); root != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(root)) {
			return nil, errors.New("the sslrootcert key of the secret JSON holds no PEM certificate")
		}
	}
	if cert := c.Text("sslcert"); cert != "" {
		pair, err := tls.X509KeyPair([]byte(cert), []byte(c.Text("sslkey")))
		if err != nil {
			return nil, errors.New("the sslcert and sslkey keys of the secret JSON are not a PEM certificate and its key")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
