package rotator

import (
	"errors"
	"fmt"
	"slices"
)

// Reason is why a login failed, by its name.
type Reason string

// The reasons. Only Refused speaks against the password.
const (
	Refused     Reason = "authentication refused"
	Unreachable Reason = "host unreachable"
	Unresolved  Reason = "host name unknown"
	TimedOut    Reason = "timed out"
	TLSFailed   Reason = "TLS failed"
	NoTLS       Reason = "server without TLS"
	LimitHit    Reason = "too many connections"
	NotReady    Reason = "server not ready"
	NoDatabase  Reason = "no such database"
	NoProof     Reason = "password not asked for"
	Forbidden   Reason = "login not permitted from here"
	Locked      Reason = "account locked"
	Expired     Reason = "password expired"
	ReadOnly    Reason = "server read-only"
	Broken      Reason = "login failed"
)

// LoginError says why a login failed.
type LoginError struct {
	Reason Reason
	Host   string
	User   string
	Err    error
}

// Error names reason, user and host, then what the target said.
func (e *LoginError) Error() string {
	return fmt.Sprintf("%s for user %q at %s: %v", e.Reason, e.User, e.Host, e.Err)
}

// Unwrap gives what the driver said.
func (e *LoginError) Unwrap() error { return e.Err }

// refused tells whether the target was reached and did not take the password:
// the one failure after which another password may be tried.
func refused(err error) bool { return failedFor(err, Refused) }

func failedFor(err error, reasons ...Reason) bool {
	var e *LoginError
	return errors.As(err, &e) && slices.Contains(reasons, e.Reason)
}
