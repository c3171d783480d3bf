package sqlserver

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/alberti-dev/alberti/rotator/internal/level"
)

// database is one that the administrator can enter.
type database struct {
	name     string
	readOnly bool
}

// databases leaves out tempdb, which is made anew with every start, snapshots,
// and what is not online.
func (s *session) databases(ctx context.Context) (out []database, err error) {
	rows, err := s.conn.QueryContext(ctx, `SELECT name, CAST(HAS_DBACCESS(name) AS bit), is_read_only FROM sys.databases
WHERE state = 0 AND source_database_id IS NULL AND name <> N'tempdb' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d database
		var enters sql.NullBool
		if err := rows.Scan(&d.name, &enters, &d.readOnly); err != nil {
			return nil, err
		}
		if !enters.Bool {
			s.report.Note("the administrator cannot enter database %s: what the users may do there is not levelled", d.name)
			continue
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// use goes to a database.
func (s *session) use(ctx context.Context, database string) error {
	_, err := s.conn.ExecContext(ctx, "USE "+name(database))
	return err
}

// levelIn levels the users of two logins in one database.
func (s *session) levelIn(ctx context.Context, d database, from, to string) error {
	if err := s.use(ctx, d.name); err != nil {
		return err
	}
	used, err := s.userOf(ctx, from)
	if err != nil {
		return err
	}
	other, err := s.userOf(ctx, to)
	if err != nil || used == "" && other == "" {
		return err
	}
	switch {
	case d.readOnly:
		s.report.Note("database %s is read-only: what the users may do there is not levelled", d.name)
		return nil
	case other == owner:
		s.report.Note("login %s owns database %s: what it may do there cannot be narrowed", to, d.name)
		return nil
	case other == "":
		if other, err = s.createUser(ctx, used, from, to); err != nil {
			return err
		}
	}
	return s.levelUsers(ctx, used, other)
}

// owner is the user that the login which owns a database is there.
const owner = "dbo"

// userOf gives the user that a login is in this database; empty when it is none.
func (s *session) userOf(ctx context.Context, login string) (user string, err error) {
	err = s.conn.QueryRowContext(ctx, "SELECT name FROM sys.database_principals WHERE sid = SUSER_SID(@user)", sql.Named("user", login)).Scan(&user)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return user, err
}

// createUser makes the user of a login in this database. A user is mostly called
// as its login is; one that is called otherwise has a second one with the mark.
func (s *session) createUser(ctx context.Context, used, from, to string) (string, error) {
	user := used + traits.CloneMark
	if base, marked := strings.CutSuffix(used, traits.CloneMark); marked && base != "" {
		user = base
	}
	if used == from || used == owner {
		user = to
	}
	statement := "CREATE USER " + name(user) + " FOR LOGIN " + name(to)
	if _, err := s.conn.ExecContext(ctx, statement); err != nil {
		return "", fmt.Errorf("%s: %w", statement, err)
	}
	s.report.Note("levelled the two users: %s", statement)
	return user, nil
}

// levelUsers levels two users of this database; without one in use the other has
// no right to anything.
func (s *session) levelUsers(ctx context.Context, from, to string) error {
	return s.pair(func(ctx context.Context, of string) ([]level.Right, error) {
		switch of {
		case "":
			return nil, nil
		case owner: // there is one only, and its right hand is this role
			return []level.Right{member("ROLE", "db_owner", to), connects(to)}, nil
		}
		return s.userRights(ctx, of, to)
	}, from, to).Bring(ctx)
}

// connects is the permission that CREATE USER gives by itself.
func connects(to string) level.Right {
	return permission{state: "G", name: "CONNECT", class: "DATABASE"}.right(to)
}

// userRights are the options, roles and permissions of a database's user, in
// statements for another.
func (s *session) userRights(ctx context.Context, of, to string) ([]level.Right, error) {
	var schema, language string
	err := s.conn.QueryRowContext(ctx, `SELECT COALESCE(default_schema_name, N''), COALESCE(default_language_name, N'')
FROM sys.database_principals WHERE name = @user`, sql.Named("user", of)).Scan(&schema, &language)
	if err != nil {
		return nil, fmt.Errorf("user %q: %w", of, err)
	}
	var out []level.Right
	if schema != "" {
		option := "DEFAULT_SCHEMA = " + name(schema)
		out = append(out, level.Right{Name: option, Give: "ALTER USER " + name(to) + " WITH " + option})
	}
	if language != "" { // contained databases only
		option := "DEFAULT_LANGUAGE = " + name(language)
		out = append(out, level.Right{Name: option, Give: "ALTER USER " + name(to) + " WITH " + option})
	}
	roles, err := s.names(ctx, `SELECT r.name FROM sys.database_role_members m JOIN sys.database_principals r ON r.principal_id = m.role_principal_id
JOIN sys.database_principals u ON u.principal_id = m.member_principal_id WHERE u.name = @user ORDER BY r.name`, of)
	if err != nil {
		return nil, err
	}
	for _, role := range roles {
		out = append(out, member("ROLE", role, to))
	}
	permissions, err := s.permissions(ctx, databasePermissions, of, to)
	return append(out, permissions...), err
}
