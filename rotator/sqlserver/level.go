package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/alberti-dev/alberti/rotator/internal/level"
)

// levelLogins sees to it that one login is what the other is, and that its users
// in all databases may do what the other's may. The login in use is the truth:
// what it has not the other loses.
func (s *session) levelLogins(ctx context.Context, from, to string) error {
	if err := s.seesAll(ctx); err != nil {
		return err
	}
	err := s.pair(func(ctx context.Context, of string) ([]level.Right, error) { return s.loginRights(ctx, of, to) }, from, to).Bring(ctx)
	if err != nil {
		return fmt.Errorf("login %q: %w", to, err)
	}
	databases, err := s.databases(ctx)
	if err != nil {
		return err
	}
	for _, d := range databases {
		if err := s.levelIn(ctx, d, from, to); err != nil {
			return errors.Join(fmt.Errorf("database %q: %w", d.name, err), s.use(ctx, s.database))
		}
	}
	return s.use(ctx, s.database)
}

// pair is two users who are to be level; rights reads one's, written for the other.
func (s *session) pair(rights func(ctx context.Context, of string) ([]level.Right, error), from, to string) level.Pair {
	return level.Pair{
		Want: func(ctx context.Context) ([]level.Right, error) { return rights(ctx, from) },
		Have: func(ctx context.Context) ([]level.Right, error) { return rights(ctx, to) },
		Run: func(ctx context.Context, statement string) error {
			_, err := s.conn.ExecContext(ctx, statement)
			return err
		},
		Note: s.report.Note,
	}
}

// seesAll notes when the administrator is not sure to see what there is to level:
// what one may not see, SQL Server leaves out without a word.
func (s *session) seesAll(ctx context.Context) error {
	var sees bool
	if err := s.conn.QueryRowContext(ctx, "SELECT CAST(COALESCE(HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DEFINITION'), 0) AS bit)").Scan(&sees); err != nil {
		return err
	}
	if !sees {
		s.report.Note("the administrator lacks VIEW ANY DEFINITION: rights that it cannot see are not levelled")
	}
	return nil
}

// options are what CREATE LOGIN says of a login.
type options struct {
	database, language  string
	checked, expiration bool
	disabled            bool
}

// policy is the options that say what passwords are taken.
func (o options) policy() string {
	return "CHECK_POLICY = " + onOff(o.checked) + ", CHECK_EXPIRATION = " + onOff(o.expiration)
}

func onOff(b bool) string {
	if b {
		return "ON"
	}
	return "OFF"
}

func (s *session) loginOptions(ctx context.Context, user string) (o options, err error) {
	err = s.conn.QueryRowContext(ctx, `SELECT COALESCE(default_database_name, N''), COALESCE(default_language_name, N''),
is_policy_checked, is_expiration_checked, is_disabled FROM sys.sql_logins WHERE name = @user`, sql.Named("user", user)).
		Scan(&o.database, &o.language, &o.checked, &o.expiration, &o.disabled)
	if errors.Is(err, sql.ErrNoRows) {
		err = fmt.Errorf("there is no login %q, or the administrator may not see it", user)
	}
	return o, err
}

// loginRights are the options, server roles and permissions of a login, in
// statements for another.
func (s *session) loginRights(ctx context.Context, of, to string) ([]level.Right, error) {
	o, err := s.loginOptions(ctx, of)
	if err != nil {
		return nil, err
	}
	set := "ALTER LOGIN " + name(to) + " WITH "
	out := []level.Right{{Name: o.policy(), Give: set + o.policy()}}
	if !o.disabled {
		out = append(out, level.Right{Name: "ENABLE", Give: "ALTER LOGIN " + name(to) + " ENABLE"})
	}
	if o.database != "" {
		option := "DEFAULT_DATABASE = " + name(o.database)
		out = append(out, level.Right{Name: option, Give: set + option})
	}
	if o.language != "" {
		option := "DEFAULT_LANGUAGE = " + name(o.language)
		out = append(out, level.Right{Name: option, Give: set + option})
	}
	roles, err := s.names(ctx, `SELECT r.name FROM sys.server_role_members m JOIN sys.server_principals r ON r.principal_id = m.role_principal_id
JOIN sys.server_principals u ON u.principal_id = m.member_principal_id WHERE u.name = @user ORDER BY r.name`, of)
	if err != nil {
		return nil, err
	}
	for _, role := range roles {
		out = append(out, member("SERVER ROLE", role, to))
	}
	permissions, err := s.permissions(ctx, serverPermissions, of, to)
	return append(out, permissions...), err
}

// member is the membership in a role.
func member(kind, role, to string) level.Right {
	alter := "ALTER " + kind + " " + name(role)
	return level.Right{Name: kind + " " + role, Give: alter + " ADD MEMBER " + name(to), Take: alter + " DROP MEMBER " + name(to)}
}

// names gives the one column of a query about a user.
func (s *session) names(ctx context.Context, query, user string) (out []string, err error) {
	rows, err := s.conn.QueryContext(ctx, query, sql.Named("user", user))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		out = append(out, name)
	}
	return out, rows.Err()
}
