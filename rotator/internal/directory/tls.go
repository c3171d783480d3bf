package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotator"
)

const startTLSOID = "1.3.6.1.4.1.1466.20037" // RFC 4511, 4.14

// secured puts TLS on a connection. It is done here and not by the library,
// whose errors do not let tell a bad certificate from a lost connection.
func secured(ctx context.Context, raw net.Conn, t *tls.Config, implicit bool) (net.Conn, error) {
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	if !implicit {
		if err := startTLS(raw); err != nil {
			raw.Close()
			return nil, ended(ctx, err)
		}
	}
	conn := tls.Client(raw, t)
	if err := conn.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, ended(ctx, failure{rotator.TLSFailed, err})
	}
	return conn, nil
}

// ended prefers the end of the context to what came of it.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %s", ctx.Err(), err)
	}
	return err
}

// startTLS asks the server to go on with TLS. Nothing is read beyond its answer,
// so that nothing said in clear counts afterwards.
func startTLS(raw net.Conn) error {
	request := ber.NewSequence("LDAPMessage")
	request.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, "messageID"))
	extended := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "ExtendedRequest")
	extended.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, startTLSOID, "requestName"))
	request.AppendChild(extended)
	if _, err := raw.Write(request.Bytes()); err != nil {
		return err
	}
	response, err := ber.ReadPacket(raw)
	if err != nil {
		return err
	}
	if len(response.Children) < 2 || response.Children[1].Tag != ldap.ApplicationExtendedResponse {
		return failure{rotator.TLSFailed, errors.New("the answer to StartTLS is none")}
	}
	err = ldap.GetLDAPError(response)
	switch {
	case err == nil:
		return nil
	case ldap.IsErrorWithCode(err, ldap.LDAPResultProtocolError): // it does not know StartTLS
		return failure{rotator.NoTLS, err}
	}
	return failure{rotator.TLSFailed, err}
}
