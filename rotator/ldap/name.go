package ldap

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/fold"
)

// attributeType is how the type in a distinguished name looks (RFC 4514, 3). The
// library takes anything before an equals sign for one.
var attributeType = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9-]*|[0-9]+(\.[0-9]+)+)$`)

func isDN(name string) bool {
	dn, err := ldap.ParseDN(name)
	if err != nil || len(dn.RDNs) == 0 {
		return false
	}
	for _, rdn := range dn.RDNs {
		for _, a := range rdn.Attributes {
			if !attributeType.MatchString(a.Type) {
				return false
			}
		}
	}
	return true
}

// nameOf is one name for all ways to write a user: of a distinguished name, spaces,
// the order within a part and the case of types do not count, nor that of values by
// the rule that most attributes have (RFC 4514, RFC 4518).
func nameOf(user string) string {
	dn, err := ldap.ParseDN(user)
	if err != nil || !isDN(user) {
		return fold.Name(user)
	}
	var parts []string
	for _, rdn := range dn.RDNs {
		var part []string
		for _, a := range rdn.Attributes {
			part = append(part, fmt.Sprintf("%s=%q", strings.ToLower(a.Type), fold.Name(a.Value)))
		}
		slices.Sort(part)
		parts = append(parts, strings.Join(part, "+"))
	}
	return strings.Join(parts, ",")
}

var _ rotator.Identifier = (*session)(nil)

// Account implements rotator.Identifier: the name that the directory keeps the
// entry under, in which types are called as its schema does.
func (s *session) Account(ctx context.Context, user string) (name string, everywhere bool, err error) {
	if user == s.login.Username {
		return nameOf(s.kept(ctx)), false, nil
	}
	if name, err = s.find(ctx, user); err != nil {
		return "", false, err
	}
	entries, err := s.search(ctx, ldap.NewSearchRequest(name, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false,
		"(objectClass=*)", []string{"1.1"}, nil))
	if err == nil && len(entries) == 1 {
		name = entries[0].DN
	}
	return nameOf(name), false, nil
}

// kept asks the directory who we are (RFC 4532), which takes no right to read the
// entry. One that does not tell leaves the name as it was bound: whatever is wrong
// with the connection, the change of the password will say.
func (s *session) kept(ctx context.Context) string {
	var told string
	err := s.conn.Do(ctx, func(l *ldap.Conn) error {
		answer, err := l.WhoAmI(nil)
		if err == nil {
			told = answer.AuthzID
		}
		return err
	})
	name, isDN := strings.CutPrefix(told, "dn:")
	if err != nil || !isDN || name == "" {
		return s.name
	}
	return name
}
