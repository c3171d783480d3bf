package network_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

func TestReason(t *testing.T) {
	during := func(op string, err error) error { return &net.OpError{Op: op, Net: "tcp", Err: err} }
	for _, c := range []struct {
		err  error
		want rotator.Reason
	}{
		{during("dial", &net.DNSError{Err: "no such host", Name: "h", IsNotFound: true}), rotator.Unresolved},
		{&net.DNSError{Err: "i/o timeout", Name: "h", IsTimeout: true}, rotator.Unresolved},
		{context.DeadlineExceeded, rotator.TimedOut},
		{during("read", os.ErrDeadlineExceeded), rotator.TimedOut},
		{during("dial", syscall.ECONNREFUSED), rotator.Unreachable},
		{during("remote error", errors.New("tls: bad certificate")), rotator.TLSFailed},
		{during("local error", errors.New("tls: unexpected message")), rotator.TLSFailed},
		{&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, rotator.TLSFailed},
		{x509.UnknownAuthorityError{}, rotator.TLSFailed},
		{x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"}, rotator.TLSFailed},
		{x509.CertificateInvalidError{Cert: &x509.Certificate{}, Reason: x509.Expired}, rotator.TLSFailed},
		{tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, rotator.TLSFailed},
		{context.Canceled, rotator.Broken},
		{io.ErrUnexpectedEOF, rotator.Broken},
	} {
		if got := network.Reason(fmt.Errorf("login: %w", c.err)); got != c.want {
			t.Errorf("%v: %s, want %s", c.err, got, c.want)
		}
	}
}
