package directory

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

// failure is an error whose reason is known where it came up.
type failure struct {
	reason rotator.Reason
	err    error
}

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

// Failed says why a login failed before the server looked at the password.
func Failed(c rotator.Credential, err error) error {
	reason, err := reasonFor(err)
	return loginError(c, reason, err)
}

// bindFailed says why a server turned a bind down.
func bindFailed(c rotator.Credential, err error) error {
	var answer *ldap.Error
	if errors.As(err, &answer) && answered(err) {
		if reason, why, ok := refusal(answer); ok {
			return loginError(c, reason, why)
		}
	}
	return Failed(c, err)
}

func loginError(c rotator.Credential, reason rotator.Reason, err error) error {
	var login *rotator.LoginError
	if errors.As(err, &login) {
		return err
	}
	return &rotator.LoginError{Reason: reason, Host: c.Address(), User: c.Username, Err: err}
}

// results are the result codes (RFC 4511, appendix A) that say nothing about a
// password, whatever was asked.
var results = map[uint16]rotator.Reason{
	ldap.LDAPResultBusy:                    rotator.NotReady,
	ldap.LDAPResultUnavailable:             rotator.NotReady,
	ldap.LDAPResultAdminLimitExceeded:      rotator.LimitHit,
	ldap.LDAPResultTimeLimitExceeded:       rotator.TimedOut,
	ldap.LDAPResultConfidentialityRequired: rotator.TLSFailed, // it wants TLS, or better TLS
	ldap.LDAPResultStrongAuthRequired:      rotator.TLSFailed, // Active Directory, likewise
}

// refusals are those with which a bind is turned down for its name or password.
var refusals = map[uint16]rotator.Reason{
	ldap.LDAPResultInvalidCredentials:  rotator.Refused,
	ldap.LDAPResultNoSuchObject:        rotator.Refused, // no such entry, from servers that tell
	ldap.LDAPResultConstraintViolation: rotator.Locked,  // 389 Directory Server: too many wrong passwords
}

// policies are the errors of a password policy (draft-behera-ldap-password-policy,
// 6.2) that come with a refused bind.
var policies = map[int8]rotator.Reason{
	policyExpired: rotator.Expired,
	policyLocked:  rotator.Locked,
}

// subcodes are what Active Directory adds to invalidCredentials: the Win32 error
// of the logon, in hexadecimal.
var subcodes = map[string]struct {
	reason rotator.Reason
	words  string
}{
	"525": {rotator.Refused, "no such user"},
	"52e": {rotator.Refused, "wrong user name or password"},
	"530": {rotator.Locked, "not at this time"},
	"531": {rotator.Locked, "not from this workstation"},
	"532": {rotator.Expired, "password expired"},
	"533": {rotator.Locked, "account disabled"},
	"701": {rotator.Locked, "account expired"},
	"773": {rotator.Expired, "password must be changed"},
	"775": {rotator.Locked, "account locked out"},
}

var subcode = regexp.MustCompile(`AcceptSecurityContext error, data ([0-9a-f]+),`)

func reasonFor(err error) (rotator.Reason, error) {
	var known failure
	var answer *ldap.Error
	reason := network.Reason(err)
	switch {
	case reason == rotator.TimedOut:
		return reason, err
	case errors.As(err, &known):
		return known.reason, err
	case errors.As(err, &answer):
		if reason, ok := results[answer.ResultCode]; ok {
			return reason, err
		}
		return rotator.Broken, err
	}
	return reason, err // of TLS also later than the handshake: TLS 1.3 refuses a client's certificate then
}

// refusal reads what a server says of a name and password, the most precise part
// of it first.
func refusal(answer *ldap.Error) (rotator.Reason, error, bool) {
	if answer.ResultCode == ldap.LDAPResultInvalidCredentials {
		if found := subcode.FindStringSubmatch(answer.Err.Error()); found != nil {
			if s, ok := subcodes[found[1]]; ok {
				return s.reason, fmt.Errorf("%s: %w", s.words, answer), true
			}
			return rotator.Broken, answer, true
		}
	}
	if policy, ok := policyIn(answer); ok {
		if reason, ok := policies[policy.Error]; ok {
			return reason, fmt.Errorf("%s: %w", policy.ErrorString, answer), true
		}
	}
	reason, ok := refusals[answer.ResultCode]
	return reason, answer, ok
}
