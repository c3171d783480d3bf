// Package ldap teaches the rotation functions directories such as OpenLDAP: the
// accounts of entries that log in with a simple bind, and whose passwords are
// changed by the request of RFC 3062. Active Directory has a package of its own.
//
// A bind tells the server the password, and so does the request that changes it:
// both go through TLS, unless the secret's ssl key is false.
package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/directory"
	"github.com/alberti-dev/alberti/secret"
)

// Engine is an LDAP directory. Beside the usual keys a secret may have protocol
// (ldap, with StartTLS, or ldaps), and base and filter, which find the entry of a
// username that is no distinguished name.
type Engine struct{}

var traits = rotator.Traits{
	Names:     []string{"ldap"},
	AnyEngine: true,
	Port:      389,
	Excluded:  "/@\"'\\",
	AsksRules: true,
	Account:   nameOf,
}

// Functions are the directory's. AWS has no template for one.
var Functions = rotator.FamilyOf(Engine{}, "SecretsManagerLDAPRotationSingleUser", "")

// Traits implements rotator.Engine.
func (Engine) Traits() rotator.Traits { return traits }

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) {
		conn, err := directory.Connect(ctx, c, t)
		if err != nil {
			return nil, err
		}
		s := &session{conn: conn, login: c}
		if err := s.enter(ctx, r); err != nil {
			conn.Close()
			return nil, err
		}
		return s, nil
	})
}

// session is a login.
type session struct {
	conn  *directory.Conn
	login rotator.Credential
	name  string // that it bound under

	mustChange bool // the password, before anything else is allowed
}

func (s *session) enter(ctx context.Context, r *contract.Report) (err error) {
	if s.name, err = s.find(ctx, s.login.Username); err != nil {
		return directory.Failed(s.login, err)
	}
	s.mustChange, err = s.conn.Bind(ctx, s.name, s.login, r)
	return err
}

// defaultFilter finds people by their login.
const defaultFilter = "(uid={username})"

// find gives the name that the directory has for a user. Without a base it is
// taken as it is.
func (s *session) find(ctx context.Context, user string) (string, error) {
	base := s.login.Text("base")
	if base == "" || isDN(user) {
		return user, nil
	}
	filter := s.login.Text("filter")
	if filter == "" {
		filter = defaultFilter
	}
	filter = strings.ReplaceAll(filter, "{username}", ldap.EscapeFilter(user))
	entries, err := s.search(ctx, ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 2, 0, false,
		filter, []string{"1.1"}, nil)) // no attributes
	if err != nil {
		return "", fmt.Errorf("searching %s for %s: %w", base, filter, err)
	}
	if len(entries) != 1 {
		return "", fmt.Errorf("%s has %d entries for %s, want 1", base, len(entries), filter)
	}
	return entries[0].DN, nil
}

// search gives what is found; the server's limit being hit is no error when
// something was.
func (s *session) search(ctx context.Context, request *ldap.SearchRequest) (entries []*ldap.Entry, err error) {
	err = s.conn.Do(ctx, func(l *ldap.Conn) error {
		found, err := l.Search(request)
		if found != nil {
			entries = found.Entries
		}
		return err
	})
	if len(entries) > 0 && ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded) {
		err = nil
	}
	return entries, err
}

const modifyOID = "1.3.6.1.4.1.4203.1.11.1" // RFC 3062

// SetPassword implements rotator.Session. For its own user it gives the old
// password, which some policies want.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	value := ber.NewSequence("PasswdModifyRequestValue")
	add := func(tag ber.Tag, text string) {
		value.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, tag, text, ""))
	}
	own := user == s.login.Username
	if own {
		add(0, s.name)
		add(1, string(s.login.Password.Reveal()))
	} else {
		name, err := s.find(ctx, user)
		if err != nil {
			return err
		}
		add(0, name)
	}
	add(2, string(password.Reveal()))
	request := ldap.NewExtendedRequest(modifyOID, value)
	request.Controls = []ldap.Control{directory.PolicyControl()}
	err := s.conn.Do(ctx, func(l *ldap.Conn) error {
		_, err := l.Extended(request)
		return err
	})
	if err != nil {
		return directory.Refusal(err)
	}
	if own {
		s.login.Password, s.mustChange = password, false
	}
	return nil
}

// Test implements rotator.Session. The statement is a URL of RFC 4516 without a
// host, such as ldap:///ou=people,dc=example,dc=org?mail?sub?(uid=app), which must
// find something. Without one the root entry is read.
func (s *session) Test(ctx context.Context, statement string) error {
	if s.mustChange {
		return errors.New("the user may do nothing before changing the password")
	}
	request := ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 1, 0, false, "(objectClass=*)", []string{"supportedLDAPVersion"}, nil)
	if statement != "" {
		var err error
		if request, err = parseURL(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	entries, err := s.search(ctx, request)
	if err == nil && len(entries) == 0 {
		err = errors.New("nothing was found")
	}
	if err != nil && statement != "" {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return err
}

// Close implements rotator.Session.
func (s *session) Close() error { return s.conn.Close() }
