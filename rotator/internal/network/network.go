// Package network says why a login failed before the target had a say in it.
package network

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"

	"github.com/alberti-dev/alberti/rotator"
)

// Reason is what a failure of TLS, of the name service or of the network amounts
// to; Broken when it was none of them.
func Reason(err error) rotator.Reason {
	var dns *net.DNSError
	var network net.Error
	switch {
	case isTLS(err):
		return rotator.TLSFailed
	case errors.As(err, &dns):
		return rotator.Unresolved
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return rotator.TimedOut
	case errors.As(err, &network):
		return rotator.Unreachable
	}
	return rotator.Broken
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
