package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotation/contract"
)

// restricted is how Active Directory begins its answer to a password that is
// against the rules: ERROR_PASSWORD_RESTRICTION.
const restricted = "0000052D"

// wrongOld likewise, when the old password is wrong: ERROR_INVALID_PASSWORD.
const wrongOld = "00000056"

// Refusal says what the refusal of a new password means: it is a
// contract.ErrUnacceptable where another password might do.
//
// unwillingToPerform alone is not: OpenLDAP says it of a wrong old password and of
// a server that is read-only.
func Refusal(err error) error {
	var answer *ldap.Error
	if !errors.As(err, &answer) || !answered(err) {
		return err
	}
	policy, told := policyIn(answer)
	said := answer.Err.Error()
	switch {
	case told && slices.Contains([]int8{policyQuality, policyTooShort, policyHistory}, policy.Error):
		return fmt.Errorf("%w: %s: %w", contract.ErrUnacceptable, policy.ErrorString, err)
	case told:
		return fmt.Errorf("%s: %w", policy.ErrorString, err)
	case strings.HasPrefix(said, restricted),
		answer.ResultCode == ldap.LDAPResultConstraintViolation && !strings.HasPrefix(said, wrongOld):
		return fmt.Errorf("%w: %w", contract.ErrUnacceptable, err)
	}
	return err
}

// IsRestricted tells whether Active Directory found a password to be against the
// rules.
func IsRestricted(err error) bool {
	var answer *ldap.Error
	return errors.As(err, &answer) && strings.HasPrefix(answer.Err.Error(), restricted)
}
