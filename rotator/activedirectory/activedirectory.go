// Package activedirectory teaches the rotation functions Active Directory: users
// whose passwords are changed by LDAP over TLS, and the keytabs that are made of
// them.
//
// A password is proven twice, by an LDAP bind and by a Kerberos login: a domain
// controller lets a bind in with the password before for an hour after a change.
package activedirectory

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/directory"
	"github.com/alberti-dev/alberti/rotator/internal/fold"
)

// Engine is Active Directory. Its zero value reads values with the usual keys.
type Engine struct{ Keys rotator.Keys }

// Traits implements rotator.Engine.
func (e Engine) Traits() rotator.Traits {
	return rotator.Traits{
		Names:     []string{"activedirectory"},
		AnyEngine: true,
		Port:      636,
		Excluded:  "/@\"'\\",
		AsksRules: true,
		Account:   fold.Name,
		Keys:      e.Keys,
	}
}

// Login implements rotator.Engine.
func (Engine) Login(ctx context.Context, c rotator.Credential, r *contract.Report) (rotator.Session, error) {
	return c.Dial(r, func(t *tls.Config) (rotator.Session, error) { return login(ctx, c, t, r) })
}

func login(ctx context.Context, c rotator.Credential, t *tls.Config, r *contract.Report) (*session, error) {
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
}

// session is a login.
type session struct {
	conn   *directory.Conn
	login  rotator.Credential
	domain domain
	own    account
	said   info // by the KDC of the account's keys; nil when there was none to ask
}

// enter proves the password to the directory, then to the KDC.
func (s *session) enter(ctx context.Context, r *contract.Report) (err error) {
	if s.domain, err = s.readDomain(ctx); err != nil {
		return directory.Failed(s.login, err)
	}
	if _, err = s.conn.Bind(ctx, s.domain.bindName(s.login.Username), s.login, r); err != nil {
		return err
	}
	if s.own, err = s.find(ctx, s.login.Username); err != nil {
		return directory.Failed(s.login, err)
	}
	s.said, err = s.kdc().login(ctx, s.own.name, passwordKeys(s.login.Password))
	if why, away := unreachable(err); away {
		r.Note("the password was proven by LDAP alone, which lets in with an old one for an hour after a change: no KDC at %s: %v", s.kdc().address, why)
		return nil
	}
	return loginError(s.login, err)
}

// Test implements rotator.Session. The statement is an LDAP filter that must find
// something in the domain.
func (s *session) Test(ctx context.Context, statement string) error {
	if statement == "" {
		_, err := s.readDomain(ctx)
		return err
	}
	found, err := s.search(ctx, s.domain.base, ldap.ScopeWholeSubtree, statement, "1.1")
	if err == nil && len(found) == 0 {
		err = errors.New("nothing was found")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Close implements rotator.Session.
func (s *session) Close() error { return s.conn.Close() }

// search gives the entries that are found, or the first of very many.
func (s *session) search(ctx context.Context, base string, scope int, filter string, attributes ...string) (entries []*ldap.Entry, err error) {
	err = s.conn.Do(ctx, func(l *ldap.Conn) error {
		found, err := l.Search(ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 2, 0, false, filter, attributes, nil))
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
