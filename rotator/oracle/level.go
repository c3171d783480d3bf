package oracle

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/rotator/internal/level"
)

// Level implements rotator.Cloner. The user in use is the truth: what it has not
// the other loses.
func (s *session) Level(ctx context.Context, from, to string) error {
	from, to = canonical(from), canonical(to)
	err := level.Pair{
		Want: func(ctx context.Context) ([]level.Right, error) { return s.rights(ctx, from, to) },
		Have: func(ctx context.Context) ([]level.Right, error) { return s.rights(ctx, to, to) },
		Run: func(ctx context.Context, statement string) error {
			_, err := s.conn.ExecContext(ctx, statement)
			return err
		},
		Note: s.report.Note,
	}.Bring(ctx)
	if err != nil {
		return fmt.Errorf("user %q: %w", to, err)
	}
	return s.noteOwned(ctx, from, to)
}

// noteOwned says what no grant can do: what a schema holds is its user's.
func (s *session) noteOwned(ctx context.Context, from, to string) error {
	n, err := s.text(ctx, "SELECT TO_CHAR(COUNT(*)) FROM DBA_OBJECTS WHERE OWNER = :1 AND OBJECT_NAME <> :2", from, synonym)
	if err == nil && n != "" && n != "0" {
		s.report.Note("%s owns %s objects, which %s can use only as far as they are granted to both", from, n, to)
	}
	return err
}

// rights are all that a user has, in statements for another.
func (s *session) rights(ctx context.Context, of, to string) (out []level.Right, err error) {
	for _, read := range []func(context.Context, string, string) ([]level.Right, error){
		s.account, s.quotas, s.roles, s.systemPrivileges, s.objectPrivileges, s.columnPrivileges, s.proxies,
	} {
		some, err := read(ctx, of, to)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

// rows gives a query's rows as texts; NULL is empty.
func (s *session) rows(ctx context.Context, query string, a ...any) (out [][]string, err error) {
	rows, err := s.conn.QueryContext(ctx, query, a...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(columns))
		for i := range cells {
			row[i] = cells[i].String
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// account is what CREATE USER says of a user.
func (s *session) account(ctx context.Context, of, to string) (out []level.Right, err error) {
	rows, err := s.rows(ctx, `SELECT PROFILE, DEFAULT_TABLESPACE, TEMPORARY_TABLESPACE, ACCOUNT_STATUS FROM DBA_USERS WHERE USERNAME = :1`, of)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("user %q does not exist", of)
	}
	alter := "ALTER USER " + name(to) + " "
	for i, option := range []string{"PROFILE ", "DEFAULT TABLESPACE ", "TEMPORARY TABLESPACE "} {
		if value := rows[0][i]; value != "" {
			out = append(out, level.Right{Name: option + value, Give: alter + option + name(value)})
		}
	}
	if !strings.Contains(rows[0][3], "LOCKED") {
		out = append(out, level.Right{Name: "ACCOUNT UNLOCK", Give: alter + "ACCOUNT UNLOCK"})
	}
	return out, nil
}

func (s *session) quotas(ctx context.Context, of, to string) (out []level.Right, err error) {
	rows, err := s.rows(ctx, `SELECT TABLESPACE_NAME, CASE WHEN MAX_BYTES = -1 THEN 'UNLIMITED' ELSE TO_CHAR(MAX_BYTES) END
FROM DBA_TS_QUOTAS WHERE USERNAME = :1 AND DROPPED = 'NO' AND MAX_BYTES <> 0 ORDER BY TABLESPACE_NAME`, of)
	for _, r := range rows {
		quota := func(size string) string { return "ALTER USER " + name(to) + " QUOTA " + size + " ON " + name(r[0]) }
		out = append(out, level.Right{Name: "QUOTA " + r[1] + " ON " + r[0], Give: quota(r[1]), Take: quota("0")})
	}
	return out, err
}

// roles are the roles, and which of them a session begins with. The latter come
// after, for they are among the former.
func (s *session) roles(ctx context.Context, of, to string) (out []level.Right, err error) {
	rows, err := s.rows(ctx, `SELECT GRANTED_ROLE, MAX(ADMIN_OPTION), MAX(DEFAULT_ROLE) FROM DBA_ROLE_PRIVS
WHERE GRANTEE = :1 GROUP BY GRANTED_ROLE ORDER BY GRANTED_ROLE`, of)
	if err != nil {
		return nil, err
	}
	first := []string{}
	for _, r := range rows {
		out = append(out, grant(name(r[0]), "", r[1] == "YES", " WITH ADMIN OPTION", to))
		if r[2] == "YES" {
			first = append(first, name(r[0]))
		}
	}
	list := "NONE"
	if len(first) > 0 {
		list = strings.Join(first, ", ")
	}
	return append(out, level.Right{Name: "DEFAULT ROLE " + list, Give: "ALTER USER " + name(to) + " DEFAULT ROLE " + list}), nil
}

func (s *session) systemPrivileges(ctx context.Context, of, to string) (out []level.Right, err error) {
	rows, err := s.rows(ctx, `SELECT PRIVILEGE, MAX(ADMIN_OPTION) FROM DBA_SYS_PRIVS WHERE GRANTEE = :1 GROUP BY PRIVILEGE ORDER BY PRIVILEGE`, of)
	for _, r := range rows {
		out = append(out, grant(r[0], "", r[1] == "YES", " WITH ADMIN OPTION", to))
	}
	return out, err
}

// grant is a role or privilege, on something or by itself, perhaps with what
// allows to pass it on.
func grant(what, on string, option bool, words, to string) level.Right {
	r := level.Right{Name: what + on, Take: "REVOKE " + what + on + " FROM " + name(to), Give: "GRANT " + what + on + " TO " + name(to)}
	if option {
		r.Name += words
		r.Give += words
	}
	return r
}

// kinds are the things that are no schema's, or that GRANT wants called by kind.
var kinds = []string{"DIRECTORY", "EDITION", "MINING MODEL", "USER", "SQL TRANSLATION PROFILE", "JAVA SOURCE", "JAVA RESOURCE"}

func (s *session) objectPrivileges(ctx context.Context, of, to string) (out []level.Right, err error) {
	rows, err := s.rows(ctx, `SELECT PRIVILEGE, OWNER, TABLE_NAME, TYPE, MAX(GRANTABLE), MAX(HIERARCHY) FROM DBA_TAB_PRIVS
WHERE GRANTEE = :1 GROUP BY PRIVILEGE, OWNER, TABLE_NAME, TYPE ORDER BY OWNER, TABLE_NAME, PRIVILEGE`, of)
	for _, r := range rows {
		on := " ON "
		if slices.Contains(kinds, r[3]) {
			on += r[3] + " "
		}
		if r[3] == "DIRECTORY" || r[3] == "EDITION" || r[3] == "USER" {
			on += name(r[2])
		} else {
			on += name(r[1]) + "." + name(r[2])
		}
		options := ""
		if r[5] == "YES" {
			options += " WITH HIERARCHY OPTION"
		}
		if r[4] == "YES" {
			options += " WITH GRANT OPTION"
		}
		out = append(out, grant(r[0], on, options != "", options, to))
	}
	return out, err
}

// columnPrivileges can be taken from all columns of a table only; those that are
// to stay are given again after.
func (s *session) columnPrivileges(ctx context.Context, of, to string) (out []level.Right, err error) {
	rows, err := s.rows(ctx, `SELECT PRIVILEGE, OWNER, TABLE_NAME, COLUMN_NAME, MAX(GRANTABLE) FROM DBA_COL_PRIVS
WHERE GRANTEE = :1 GROUP BY PRIVILEGE, OWNER, TABLE_NAME, COLUMN_NAME ORDER BY OWNER, TABLE_NAME, COLUMN_NAME, PRIVILEGE`, of)
	for _, r := range rows {
		on := " ON " + name(r[1]) + "." + name(r[2])
		right := grant(r[0]+" ("+name(r[3])+")", on, r[4] == "YES", " WITH GRANT OPTION", to)
		right.Take = "REVOKE " + r[0] + on + " FROM " + name(to)
		out = append(out, right)
	}
	return out, err
}
