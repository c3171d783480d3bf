package adtest

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

// Users is where people are.
const Users = "CN=Users," + Base

// UserDN is the name of a user's entry.
func UserDN(user string) string { return "CN=" + ldap.EscapeDN(user) + "," + Users }

func (s *Server) bind() (*ldap.Conn, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(s.CA)
	conn, err := ldap.DialURL("ldaps://"+s.Host, ldap.DialWithTLSConfig(&tls.Config{RootCAs: roots}))
	if err != nil {
		return nil, err
	}
	if err := conn.Bind(Admin+"@"+Domain, s.AdminPassword); err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// relax lets passwords be changed at any time, as often as tests do; their length
// and complexity are still looked at.
func (s *Server) relax() error {
	return s.Replace(Base, map[string][]string{"minPwdAge": {"0"}, "pwdHistoryLength": {"0"}})
}

// AddUser makes a user with a password and service principal names, and gives
// its entry's name.
func (s *Server) AddUser(user, password string, spns ...string) (dn string, err error) {
	dn = UserDN(user)
	request := ldap.NewAddRequest(dn, nil)
	request.Attribute("objectClass", []string{"user"})
	request.Attribute("sAMAccountName", []string{user})
	request.Attribute("userPrincipalName", []string{user + "@" + Domain})
	request.Attribute("unicodePwd", []string{quoted(password)})
	request.Attribute("userAccountControl", []string{"512"}) // a normal account
	if len(spns) > 0 {
		request.Attribute("servicePrincipalName", spns)
	}
	return dn, s.asAdmin(func(conn *ldap.Conn) error { return conn.Add(request) })
}

// Reset gives a user a password.
func (s *Server) Reset(user, password string) error {
	return s.Replace(UserDN(user), map[string][]string{"unicodePwd": {quoted(password)}})
}

// Replace sets attributes of an entry as the administrator.
func (s *Server) Replace(dn string, attributes map[string][]string) error {
	request := ldap.NewModifyRequest(dn, nil)
	for name, values := range attributes {
		request.Replace(name, values)
	}
	return s.asAdmin(func(conn *ldap.Conn) error { return conn.Modify(request) })
}

// Value gives an attribute of an entry.
func (s *Server) Value(dn, attribute string) (value string, err error) {
	err = s.asAdmin(func(conn *ldap.Conn) error {
		found, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{attribute}, nil))
		if err != nil {
			return err
		}
		value = found.Entries[0].GetAttributeValue(attribute)
		return nil
	})
	return value, err
}

// asAdmin uses the one connection of the administrator.
func (s *Server) asAdmin(do func(*ldap.Conn) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return do(s.admin)
}

// quoted is a password as unicodePwd wants it.
func quoted(password string) string {
	var b bytes.Buffer
	binary.Write(&b, binary.LittleEndian, utf16.Encode([]rune(`"`+password+`"`)))
	return b.String()
}

// Kinit logs in with MIT's kinit and a password.
func (s *Server) Kinit(principal, password string) error {
	return s.kinit(password+"\n", principal)
}

// KinitKeytab logs in with MIT's kinit and a keytab.
func (s *Server) KinitKeytab(principal string, keytab []byte) error {
	file, err := os.CreateTemp(s.dir, "keytab-")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err := file.Write(keytab); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return s.kinit("", "-k", "-t", file.Name(), principal)
}

func (s *Server) kinit(stdin string, args ...string) error {
	dir, err := os.MkdirTemp(s.dir, "cache-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("kinit", append([]string{"-c", filepath.Join(dir, "cc")}, args...)...)
	cmd.Env = append(os.Environ(), "KRB5_CONFIG="+s.Krb5Config, "LC_ALL=C.UTF-8")
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("kinit: %w: %s", err, out)
	}
	return nil
}

// Accepts tells whether a keytab opens tickets for services, as a service does
// that is spoken to: MIT's kvno asks for one as a user, and opens it.
func (s *Server) Accepts(user, password string, principals []string, keytab []byte) error {
	dir, err := os.MkdirTemp(s.dir, "service-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cache, file := filepath.Join(dir, "cc"), filepath.Join(dir, "keytab")
	if err := os.WriteFile(file, keytab, 0o600); err != nil {
		return err
	}
	for _, args := range append([][]string{{"kinit", "-c", cache, user}}, kvno(cache, file, principals)...) {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "KRB5_CONFIG="+s.Krb5Config, "LC_ALL=C.UTF-8")
		cmd.Stdin = strings.NewReader(password + "\n")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%q: %w: %s", args, err, out)
		}
	}
	return nil
}

func kvno(cache, keytab string, principals []string) (commands [][]string) {
	for _, name := range principals {
		if strings.Contains(name, "/") {
			commands = append(commands, []string{"kvno", "-c", cache, "-k", keytab, name})
		}
	}
	return commands
}
