package mysql

import (
	"context"
	"fmt"
	"strings"
)

// account is one row of the server's users: who, and from which hosts. A user
// who has several has a password, privileges and limits in each.
type account struct{ user, host string }

func (a account) String() string { return literal(a.user) + "@" + literal(a.host) }

// literal quotes a text for a session that was prepared: with backslashes as
// escapes.
func literal(text string) string {
	return "'" + escapes.Replace(text) + "'"
}

var escapes = strings.NewReplacer(`'`, `''`, `\`, `\\`, "\x00", `\0`, "\n", `\n`, "\r", `\r`, "\x1a", `\Z`)

// name quotes an identifier.
func name(identifier string) string {
	return "`" + strings.ReplaceAll(identifier, "`", "``") + "`"
}

// accounts gives the rows of a user, by their hosts.
func (s *session) accounts(ctx context.Context, user string) ([]account, error) {
	query := "SELECT Host FROM mysql.user WHERE User = " + literal(user)
	if s.server.maria {
		query += " AND is_role = 'N'"
	}
	hosts, err := s.texts(ctx, query+" ORDER BY Host")
	if err != nil {
		return nil, fmt.Errorf("reading the accounts of user %q: %w", user, err)
	}
	var out []account
	for _, host := range hosts {
		out = append(out, account{user, host})
	}
	return out, nil
}

// theAccount is the account of a user whose password is to be changed. For
// ourselves it is the one that let us in; for others there must be one only, as
// nothing says which of several the secret is for.
func (s *session) theAccount(ctx context.Context, user string) (account, error) {
	if user == s.self.user {
		return s.self, nil
	}
	all, err := s.accounts(ctx, user)
	switch {
	case err != nil:
		return account{}, err
	case len(all) == 0:
		return account{}, fmt.Errorf("user %q does not exist", user)
	case len(all) > 1:
		return account{}, fmt.Errorf("user %q has %d accounts, %v: nothing says which of them the secret is for", user, len(all), all)
	}
	return all[0], nil
}
