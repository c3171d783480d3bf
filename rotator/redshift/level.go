package redshift

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotator/internal/level"
	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
)

// level makes one user what the other is. The user in use is the truth: what it
// has not the other loses.
func (s *session) level(ctx context.Context, tx pgx.Tx, from, to string) error {
	err := level.Pair{
		Want: func(ctx context.Context) ([]level.Right, error) { return rights(ctx, tx, from, to) },
		Have: func(ctx context.Context) ([]level.Right, error) { return rights(ctx, tx, to, to) },
		Run: func(ctx context.Context, statement string) error {
			_, err := tx.Exec(ctx, statement)
			return err
		},
		Note: s.report.Note, AllOrNothing: true,
	}.Bring(ctx)
	if err != nil {
		return fmt.Errorf("user %q: %w", to, err)
	}
	return nil
}

// rights are all that a user has in the connected database, in statements for
// another.
func rights(ctx context.Context, tx pgx.Tx, of, to string) (out []level.Right, err error) {
	for _, read := range []func(context.Context, pgx.Tx, string, string) ([]level.Right, error){options, settings, memberships, privileges} {
		some, err := read(ctx, tx, of, to)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// options are what CREATE USER says of a user.
func options(ctx context.Context, tx pgx.Tx, of, to string) (out []level.Right, err error) {
	var database, super bool
	var limit, syslog, timeout, until string
	err = tx.QueryRow(ctx, `SELECT i.createdb, i.superuser, i.connection_limit::text, i.syslog_access::text, i.session_timeout::text,
COALESCE(u.valuntil::text, 'infinity') FROM svv_user_info i JOIN pg_user u ON u.usename = i.user_name WHERE i.user_name = $1`, of).
		Scan(&database, &super, &limit, &syslog, &timeout, &until)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("there is no user %q, or the administrator may not see it", of)
	}
	session := "SESSION TIMEOUT " + timeout
	if timeout == "0" {
		session = "RESET SESSION TIMEOUT"
	}
	for _, option := range []string{
		not(database) + "CREATEDB", not(super) + "CREATEUSER", "CONNECTION LIMIT " + limit, "SYSLOG ACCESS " + syslog,
		session, "VALID UNTIL" + literal(until),
	} {
		out = append(out, level.Right{Name: option, Give: "ALTER USER " + pgwire.Name(to) + " " + option})
	}
	return out, err
}

func not(has bool) string {
	if has {
		return ""
	}
	return "NO"
}

// settings are what a user's sessions begin with.
func settings(ctx context.Context, tx pgx.Tx, of, to string) (out []level.Right, err error) {
	var entries []string
	if err := tx.QueryRow(ctx, "SELECT useconfig FROM pg_user WHERE usename = $1", of).Scan(&entries); err != nil {
		return nil, err
	}
	for _, entry := range entries {
		parameter, value, _ := strings.Cut(entry, "=")
		alter := "ALTER USER " + pgwire.Name(to)
		out = append(out, level.Right{
			Name: "SET " + entry, Give: alter + " SET " + pgwire.Name(parameter) + " TO" + pgwire.SettingValue(literal, parameter, value),
			Take: alter + " RESET " + pgwire.Name(parameter),
		})
	}
	return out, nil
}

// memberships are groups, but for those that are marks, and roles.
func memberships(ctx context.Context, tx pgx.Tx, of, to string) (out []level.Right, err error) {
	var group string
	err = each(ctx, tx, `SELECT g.groname FROM pg_group g, pg_user u WHERE u.usesysid = ANY(g.grolist) AND u.usename = $1 ORDER BY 1`,
		of, []any{&group}, func() {
			if strings.HasPrefix(group, marks) {
				return
			}
			alter := "ALTER GROUP " + pgwire.Name(group)
			out = append(out, level.Right{Name: "GROUP " + group, Give: alter + " ADD USER " + pgwire.Name(to), Take: alter + " DROP USER " + pgwire.Name(to)})
		})
	if err != nil {
		return nil, err
	}
	var role string
	var admin bool
	err = each(ctx, tx, `SELECT role_name::text, admin_option FROM svv_user_grants WHERE user_name = $1 ORDER BY 1`, of, []any{&role, &admin}, func() {
		what, option := "ROLE "+pgwire.Name(role), ""
		if admin {
			option = " WITH ADMIN OPTION"
		}
		out = append(out, level.Right{Name: what + option, Give: "GRANT " + what + " TO " + pgwire.Name(to) + option, Take: "REVOKE " + what + " FROM " + pgwire.Name(to)})
	})
	return out, err
}

// each reads a query's rows about a user, one after the other, into the places.
func each(ctx context.Context, tx pgx.Tx, query, of string, into []any, do func()) error {
	rows, err := tx.Query(ctx, query, of)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		do()
		return nil
	})
	return err
}

// privileges are those that were granted to the user itself: what comes by groups,
// roles and PUBLIC comes with them.
func privileges(ctx context.Context, tx pgx.Tx, of, to string) (out []level.Right, err error) {
	var privilege, scope, schema, object, column string
	var option bool
	err = each(ctx, tx, `SELECT privilege_type::text, privilege_scope::text, '', database_name::text, '', admin_option FROM svv_database_privileges
WHERE identity_type = 'user' AND identity_name = $1
UNION ALL SELECT privilege_type::text, CASE WHEN privilege_scope = 'SCHEMA' THEN 'SCHEMA' ELSE 'SCHEMA ' || privilege_scope END,
  '', namespace_name::text, '', admin_option FROM svv_schema_privileges WHERE identity_type = 'user' AND identity_name = $1
UNION ALL SELECT privilege_type::text, 'TABLE', namespace_name::text, relation_name::text, '', admin_option FROM svv_relation_privileges
WHERE identity_type = 'user' AND identity_name = $1
UNION ALL SELECT privilege_type::text, 'TABLE', namespace_name::text, relation_name::text, column_name::text, false FROM svv_column_privileges
WHERE identity_type = 'user' AND identity_name = $1
ORDER BY 2, 3, 4, 5, 1`, of, []any{&privilege, &scope, &schema, &object, &column, &option}, func() {
		out = append(out, grant(privilege, on(scope, schema, object), column, option, to))
	})
	return out, err
}

// on is what follows the name of a privilege. What is granted for all tables, say,
// of a database or schema says so.
func on(scope, schema, object string) string {
	of, within := strings.CutPrefix(scope, "SCHEMA ")
	switch {
	case within:
		return " FOR " + of + " IN SCHEMA " + pgwire.Name(object)
	case scope == "DATABASE" || scope == "SCHEMA":
		return " ON " + scope + " " + pgwire.Name(object)
	case scope == "TABLE":
		return " ON TABLE " + pgwire.Name(schema) + "." + pgwire.Name(object)
	}
	return " FOR " + scope + " IN DATABASE " + pgwire.Name(object)
}

func grant(privilege, on, column string, option bool, to string) level.Right {
	if column != "" {
		privilege += " (" + pgwire.Name(column) + ")"
	}
	words := ""
	if option {
		words = " WITH GRANT OPTION"
	}
	what := privilege + on
	return level.Right{Name: what + words, Give: "GRANT " + what + " TO " + pgwire.Name(to) + words, Take: "REVOKE " + what + " FROM " + pgwire.Name(to)}
}
