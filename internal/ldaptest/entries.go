package ldaptest

import (
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

// fill makes the tree.
func (s *Server) fill() error {
	for _, entry := range []struct {
		dn    string
		attrs map[string][]string
	}{
		{Base, map[string][]string{"objectClass": {"domain"}, "dc": {"alberti"}}},
		{People, map[string][]string{"objectClass": {"organizationalUnit"}, "ou": {"people"}}},
		{Admin, map[string][]string{
			"objectClass": {"organizationalRole", "simpleSecurityObject"}, "cn": {"admin"}, "userPassword": {s.AdminPassword},
		}},
		// Nothing is asked of passwords; many wrong ones lock an account.
		{"cn=default," + Base, policy("default", map[string][]string{
			"pwdLockout": {"TRUE"}, "pwdMaxFailure": {"20"}, "pwdAllowUserChange": {"TRUE"},
		})},
	} {
		if err := s.Add(entry.dn, entry.attrs); err != nil {
			return err
		}
	}
	return nil
}

func policy(name string, attrs map[string][]string) map[string][]string {
	attrs["objectClass"] = []string{"device", "pwdPolicy"}
	attrs["cn"], attrs["pwdAttribute"] = []string{name}, []string{"userPassword"}
	return attrs
}

// AddPolicy makes a password policy, and gives its name.
func (s *Server) AddPolicy(name string, attrs map[string][]string) (dn string, err error) {
	dn = "cn=" + name + "," + Base
	return dn, s.Add(dn, policy(name, attrs))
}

// PersonDN is the name of a person.
func PersonDN(uid string) string { return "uid=" + ldap.EscapeDN(uid) + "," + People }

// AddPerson makes a person with a password, who logs in as PersonDN(uid).
func (s *Server) AddPerson(uid, password string) error {
	return s.Add(PersonDN(uid), map[string][]string{
		"objectClass": {"inetOrgPerson"}, "uid": {uid}, "cn": {uid}, "sn": {uid}, "userPassword": {password},
	})
}

// Add makes an entry as root.
func (s *Server) Add(dn string, attrs map[string][]string) error {
	request := ldap.NewAddRequest(dn, nil)
	for name, values := range attrs {
		request.Attribute(name, values)
	}
	return s.asRoot(func(conn *ldap.Conn) error { return conn.Add(request) })
}

// Replace sets an attribute of an entry as root; without values it is removed.
func (s *Server) Replace(dn, attribute string, values ...string) error {
	request := ldap.NewModifyRequest(dn, nil)
	request.Replace(attribute, values)
	return s.asRoot(func(conn *ldap.Conn) error { return conn.Modify(request) })
}

// Values gives an attribute of an entry.
func (s *Server) Values(dn, attribute string) (values []string, err error) {
	err = s.asRoot(func(conn *ldap.Conn) error {
		found, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{attribute}, nil))
		if err != nil {
			return err
		}
		if len(found.Entries) != 1 {
			return fmt.Errorf("%d entries %s", len(found.Entries), dn)
		}
		values = found.Entries[0].GetAttributeValues(attribute)
		return nil
	})
	return values, err
}

// asRoot uses the one connection of root.
func (s *Server) asRoot(do func(*ldap.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return do(s.root)
}

// Lock locks an account, as too many wrong passwords do.
func (s *Server) Lock(dn string) error {
	return s.Replace(dn, "pwdAccountLockedTime", "000001010000Z")
}

// relaxed lets root set what the server keeps for itself
// (draft-zeilenga-ldap-relax).
const relaxed = "1.3.6.1.4.1.4203.666.5.12"

// Expire makes a password older than a policy allows; grace logins are let in
// nevertheless.
func (s *Server) Expire(dn string, grace int) error {
	name := fmt.Sprintf("expired-%d", grace)
	policy, err := s.AddPolicy(name, map[string][]string{
		"pwdMaxAge": {"60"}, "pwdGraceAuthnLimit": {fmt.Sprint(grace)}, "pwdAllowUserChange": {"TRUE"},
	})
	if err != nil && !ldap.IsErrorWithCode(err, ldap.LDAPResultEntryAlreadyExists) {
		return err
	}
	request := ldap.NewModifyRequest(dn, []ldap.Control{ldap.NewControlString(relaxed, true, "")})
	request.Replace("pwdPolicySubentry", []string{policy})
	request.Replace("pwdChangedTime", []string{"20200101000000Z"})
	return s.asRoot(func(conn *ldap.Conn) error { return conn.Modify(request) })
}
