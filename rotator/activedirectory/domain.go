package activedirectory

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// domain is where accounts are.
type domain struct {
	base string // its entry, such as DC=corp,DC=example,DC=com
	name string // the same as DNS has it
}

// realm is the domain's Kerberos realm.
func (d domain) realm() string { return strings.ToUpper(d.name) }

// bindName is what a bind calls a user: the names that Active Directory knows
// itself as they are, a plain one with the domain.
func (d domain) bindName(user string) string {
	if strings.ContainsAny(user, `@\`) || isDN(user) {
		return user
	}
	return user + "@" + d.name
}

// readDomain asks the controller, which tells everybody.
func (s *session) readDomain(ctx context.Context) (domain, error) {
	found, err := s.search(ctx, "", ldap.ScopeBaseObject, "(objectClass=*)", "defaultNamingContext")
	if err != nil {
		return domain{}, err
	}
	if len(found) == 0 || found[0].GetAttributeValue("defaultNamingContext") == "" {
		return domain{}, errors.New("the server names no defaultNamingContext: it is no domain controller")
	}
	base := found[0].GetAttributeValue("defaultNamingContext")
	dn, err := ldap.ParseDN(base)
	if err != nil {
		return domain{}, fmt.Errorf("the defaultNamingContext %s: %w", base, err)
	}
	var labels []string
	for _, rdn := range dn.RDNs {
		labels = append(labels, rdn.Attributes[0].Value)
	}
	return domain{base, strings.Join(labels, ".")}, nil
}

// account is a user as the directory has it.
type account struct {
	dn, name string   // name is the sAMAccountName
	guid     string   // in hexadecimal; empty where it may not be read
	upn      string   // as a rule name@domain
	spns     []string // the services that the account is
	version  uint32   // of its key: it counts with each change of the password
	set      int64    // when the password was set, in 100 ns since 1601
	policy   string   // the password policy of its own, where it has one
	kinds    []int32  // encryption types of tickets for it
}

var accountAttributes = []string{"sAMAccountName", "userPrincipalName", "servicePrincipalName", "msDS-KeyVersionNumber", "pwdLastSet", "msDS-ResultantPSO", "msDS-SupportedEncryptionTypes", "objectGUID"}

// find looks an account up by any of its names: DN, UPN, DOMAIN\name or name.
func (s *session) find(ctx context.Context, user string) (account, error) {
	base, scope, filter := s.domain.base, ldap.ScopeWholeSubtree, "(objectClass=user)"
	if isDN(user) {
		base, scope = user, ldap.ScopeBaseObject
	} else {
		filter = s.domain.filter(user)
	}
	found, err := s.search(ctx, base, scope, filter, accountAttributes...)
	if err != nil {
		return account{}, fmt.Errorf("searching %s for %s: %w", base, filter, err)
	}
	if len(found) != 1 {
		return account{}, fmt.Errorf("%s has %d entries for %s, want 1", base, len(found), filter)
	}
	e := found[0]
	version, err := strconv.ParseUint(e.GetAttributeValue("msDS-KeyVersionNumber"), 10, 32)
	if err != nil {
		version = 0 // it may not be read
	}
	set, err := strconv.ParseInt(e.GetAttributeValue("pwdLastSet"), 10, 64)
	if err != nil {
		set = 0
	}
	return account{
		dn: e.DN, name: e.GetAttributeValue("sAMAccountName"), guid: hex.EncodeToString(e.GetRawAttributeValue("objectGUID")), upn: e.GetAttributeValue("userPrincipalName"),
		spns: e.GetAttributeValues("servicePrincipalName"), version: uint32(version), set: set,
		policy: e.GetAttributeValue("msDS-ResultantPSO"), kinds: kindsOf(e.GetAttributeValue("msDS-SupportedEncryptionTypes")),
	}, nil
}

// filter finds a user by a name that is no DN. A name with the domain is one that
// an account has without saying so.
func (d domain) filter(user string) string {
	if _, name, ok := strings.Cut(user, `\`); ok {
		return "(&(objectClass=user)(sAMAccountName=" + ldap.EscapeFilter(name) + "))"
	}
	name, suffix, ok := strings.Cut(user, "@")
	if !ok {
		return "(&(objectClass=user)(sAMAccountName=" + ldap.EscapeFilter(user) + "))"
	}
	upn := "(userPrincipalName=" + ldap.EscapeFilter(user) + ")"
	if strings.EqualFold(suffix, d.name) {
		upn = "(|" + upn + "(sAMAccountName=" + ldap.EscapeFilter(name) + "))"
	}
	return "(&(objectClass=user)" + upn + ")"
}

// isDN tells whether a name is that of an entry. Active Directory's all end in
// the parts of a domain.
func isDN(name string) bool {
	dn, err := ldap.ParseDN(name)
	return err == nil && len(dn.RDNs) > 1 && strings.EqualFold(dn.RDNs[len(dn.RDNs)-1].Attributes[0].Type, "DC")
}
