package ldap

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

var scopes = map[string]int{
	"": ldap.ScopeBaseObject, "base": ldap.ScopeBaseObject, "one": ldap.ScopeSingleLevel, "sub": ldap.ScopeWholeSubtree,
}

// parseURL reads the URL of a search (RFC 4516). It has no host: the search goes
// to the server that the secret names.
func parseURL(text string) (*ldap.SearchRequest, error) {
	rest, ok := strings.CutPrefix(text, "ldap:///")
	if !ok {
		return nil, errors.New("this is no URL that begins with ldap:///")
	}
	parts := strings.Split(rest, "?") // one in a part is written as %3f
	if len(parts) > 4 {
		return nil, errors.New("the URL has an extension, and none is known")
	}
	parts = append(parts, "", "", "")
	for i, part := range parts {
		var err error
		if parts[i], err = url.PathUnescape(part); err != nil {
			return nil, err
		}
	}
	scope, ok := scopes[strings.ToLower(parts[2])]
	if !ok {
		return nil, errors.New("the URL's scope is none of base, one and sub")
	}
	filter := parts[3]
	if filter == "" {
		filter = "(objectClass=*)"
	}
	attributes := slices.DeleteFunc(strings.Split(parts[1], ","), func(a string) bool { return a == "" })
	return ldap.NewSearchRequest(parts[0], scope, ldap.NeverDerefAliases, 1, 0, false, filter, attributes, nil), nil
}
