package mysql

import (
	"context"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/secret"
)

// SetPassword implements rotator.Session: for the account that the session is
// in, or for the only account of another user.
func (s *session) SetPassword(ctx context.Context, user string, password secret.Value) error {
	if err := s.prepare(ctx); err != nil {
		return err
	}
	a, err := s.theAccount(ctx, user)
	if err != nil {
		return err
	}
	d, err := s.definition(ctx, a)
	if err != nil {
		return err
	}
	plugin, err := d.plugin(a)
	if err != nil {
		return err
	}
	if err := s.give(ctx, a, plugin, false, password); err != nil || a == s.self {
		return err
	}
	return s.discard(ctx, a)
}

// give sets the password of an account; change says that its plugin is to
// become another. The password goes as a hash if the server takes one.
func (s *session) give(ctx context.Context, a account, plugin string, change bool, password secret.Value) error {
	clear, err := s.needsClear(ctx, a, plugin)
	if err != nil {
		return err
	}
	if clear {
		return s.giveInClear(ctx, a, plugin, change, password)
	}
	stored, _ := hash(plugin, password)
	if change || !s.server.maria {
		return s.exec(ctx, "ALTER USER "+a.String()+" "+s.identified(plugin, s.proof(stored)))
	}
	return s.exec(ctx, s.setPassword(a)+literal(stored)) // what else lets the account in, as a socket does, stays
}

func (s *session) giveInClear(ctx context.Context, a account, plugin string, change bool, password secret.Value) error {
	if change {
		return s.execInClear(ctx, "ALTER USER "+a.String()+" "+s.identified(plugin, s.inClear(password)))
	}
	text := literal(string(password.Reveal()))
	if s.server.maria {
		text = "PASSWORD(" + text + ")"
	}
	err := s.execInClear(ctx, s.setPassword(a)+text)
	if number(err) == errMissingCurrent && a == s.self {
		return s.execInClear(ctx, s.setPassword(a)+text+s.replace())
	}
	return err
}

// proof is how a statement goes on that gives a password as a hash, inClear how
// one does that gives the password itself.
func (s *session) proof(stored string) string {
	if s.server.maria {
		return "USING " + literal(stored)
	}
	return "AS " + literal(stored)
}

func (s *session) inClear(password secret.Value) string {
	text := literal(string(password.Reveal()))
	if s.server.maria {
		return "USING PASSWORD(" + text + ")"
	}
	return "BY " + text
}

// setPassword begins a statement that keeps an account's plugin. One's own needs
// no privilege, and is not named.
func (s *session) setPassword(a account) string {
	if a == s.self {
		return "SET PASSWORD = "
	}
	return "SET PASSWORD FOR " + a.String() + " = "
}

// identified is the clause that says how an account proves itself.
func (s *session) identified(plugin, proof string) string {
	if s.server.maria {
		if plugin == "" {
			plugin = native
		}
		return "IDENTIFIED VIA " + name(plugin) + " " + proof
	}
	return "IDENTIFIED WITH " + literal(plugin) + " " + proof
}

// replace proves that we know our own password, where an account must, and has
// the server look that it is the one that will be retained.
func (s *session) replace() string {
	return " REPLACE " + literal(string(s.login.Password.Reveal()))
}

// needsClear tells whether the server must be told the password itself, and
// notes why.
func (s *session) needsClear(ctx context.Context, a account, plugin string) (bool, error) {
	why, err := s.reasonForClear(ctx, a, plugin)
	if why != "" {
		s.report.Note("the password of %s was told to the server itself, not as a hash: %s", a, why)
	}
	return why != "", err
}

func (s *session) reasonForClear(ctx context.Context, a account, plugin string) (string, error) {
	if _, ok := hash(plugin, secret.Text("")); !ok {
		return "the hashes of " + plugin + " are the server's to make", nil
	}
	if s.server.maria {
		checks, err := s.texts(ctx, "SELECT PLUGIN_NAME FROM information_schema.PLUGINS "+
			"WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE' AND @@strict_password_validation")
		if err != nil || len(checks) == 0 {
			return "", err
		}
		return "it checks passwords by " + strings.Join(checks, ", "), nil
	}
	if a != s.self {
		return "", nil
	}
	may, err := s.grants(ctx, s.self)
	if err != nil || may.have("*.*", "CREATE USER") || may.have("*.*", allPrivileges) {
		return "", err
	}
	return "a user without CREATE USER can set its own password only so; the server's logs hold a hash", nil
}

// SetBeside implements rotator.Overlapper: MySQL 8.0.14 and later keep two
// passwords of an account. The older of two that there were goes.
func (s *session) SetBeside(ctx context.Context, user string, password, old secret.Value) (kept bool, err error) {
	if !s.server.retains() || s.exposed {
		return false, nil
	}
	if err := s.prepare(ctx); err != nil {
		return false, err
	}
	a, err := s.theAccount(ctx, user)
	if err != nil {
		return false, err
	}
	err = s.retain(ctx, a, password)
	if number(err) == errWrongCurrent {
		// We are in by the older of two passwords, and it is the newer one that
		// would be retained: applications know the older.
		if err = s.execInClear(ctx, s.setPassword(a)+literal(string(old.Reveal()))); err == nil {
			s.report.Note("the password in use was the older of two: it was made the newer, to be retained")
			err = s.retain(ctx, a, password)
		}
	}
	switch number(err) {
	case errPrivilege, errSecondEmpty, errPluginChanged, errNotRetained, errWrongCurrent, errMissingCurrent:
		s.report.Note("the old password could not be retained: %v", err)
		return false, nil
	}
	return err == nil, err
}

func (s *session) retain(ctx context.Context, a account, password secret.Value) error {
	statement := s.setPassword(a) + literal(string(password.Reveal()))
	if a == s.self {
		statement += s.replace()
	}
	return s.execInClear(ctx, statement+" RETAIN CURRENT PASSWORD")
}

// discard ends what may be left of an older password of an account.
func (s *session) discard(ctx context.Context, a account) error {
	if !s.server.retains() {
		return nil
	}
	if err := s.exec(ctx, "ALTER USER "+a.String()+" DISCARD OLD PASSWORD"); err != nil {
		return fmt.Errorf("ending the older password of %s: %w", a, err)
	}
	return nil
}
