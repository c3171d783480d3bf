package activedirectory

import (
	"errors"
	"fmt"

	"github.com/jcmturner/gokrb5/v8/iana/errorcode"
	"github.com/jcmturner/gokrb5/v8/messages"

	"github.com/alberti-dev/alberti/rotator"
)

// away is that no KDC was reached.
type away struct{ err error }

func (a away) Error() string { return a.err.Error() }
func (a away) Unwrap() error { return a.err }

// unreachable tells whether a login failed for want of a KDC.
func unreachable(err error) (why error, ok bool) {
	var a away
	ok = errors.As(err, &a)
	return a.err, ok
}

// reasons are the errors with which a KDC turns a login down (RFC 4120, 7.5.9).
var reasons = map[int32]rotator.Reason{
	errorcode.KDC_ERR_C_PRINCIPAL_UNKNOWN: rotator.Refused,
	errorcode.KDC_ERR_PREAUTH_FAILED:      rotator.Refused,
	errorcode.KDC_ERR_KEY_EXPIRED:         rotator.Expired,
	errorcode.KDC_ERR_CLIENT_REVOKED:      rotator.Locked, // locked out, disabled or expired
	errorcode.KDC_ERR_POLICY:              rotator.Locked, // not now, or not from here
	errorcode.KDC_ERR_SVC_UNAVAILABLE:     rotator.NotReady,
}

// loginError says why a Kerberos login failed; nil when it did not.
func loginError(c rotator.Credential, err error) error {
	if err == nil {
		return nil
	}
	reason := rotator.Broken
	var refusal messages.KRBError
	if errors.As(err, &refusal) {
		if known, ok := reasons[refusal.ErrorCode]; ok {
			reason = known
		}
		err = fmt.Errorf("Kerberos: %w", err)
	}
	if errors.Is(err, errOpens) {
		reason = rotator.Refused
	}
	return &rotator.LoginError{Reason: reason, Host: c.Address(), User: c.Username, Err: err}
}
