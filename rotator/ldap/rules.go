package ldap

import (
	"context"
	"strconv"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotator"
)

// Rules implements rotator.Ruler: it reads the password policy that the user's
// entry names, where the directory shows it. The policy that holds for those who
// name none is in the server's configuration and cannot be read.
func (s *session) Rules(ctx context.Context, user string) (rotator.Rules, error) {
	name, err := s.find(ctx, user)
	if err != nil {
		return rotator.Rules{}, err
	}
	entry, err := s.read(ctx, name, "pwdPolicySubentry")
	if err != nil || entry == nil || entry.GetAttributeValue("pwdPolicySubentry") == "" {
		return rotator.Rules{}, err
	}
	policy, err := s.read(ctx, entry.GetAttributeValue("pwdPolicySubentry"), "pwdMinLength", "pwdMaxLength")
	if err != nil || policy == nil {
		return rotator.Rules{}, err
	}
	return rotator.Rules{MinLength: number(policy, "pwdMinLength"), MaxLength: number(policy, "pwdMaxLength")}, nil
}

// read gives some attributes of an entry; nil when there is none to be seen.
func (s *session) read(ctx context.Context, dn string, attributes ...string) (*ldap.Entry, error) {
	entries, err := s.search(ctx, ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false,
		"(objectClass=*)", attributes, nil))
	if ldap.IsErrorAnyOf(err, ldap.LDAPResultNoSuchObject, ldap.LDAPResultInsufficientAccessRights, ldap.LDAPResultInvalidDNSyntax) {
		return nil, nil
	}
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	return entries[0], nil
}

// number reads a number; one that is none is no rule.
func number(e *ldap.Entry, attribute string) int {
	n, err := strconv.Atoi(e.GetAttributeValue(attribute))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
