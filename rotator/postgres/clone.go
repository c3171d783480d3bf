package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// mark is the comment on a role that Alberti made for a secret: what tells it
// from a stranger of the same name.
func mark(o rotator.Owner) string { return "made by alberti for " + o.SecretARN }

// Clone implements rotator.Cloner: in one transaction, so that no user is ever
// left without its privileges or with half of them.
func (s *session) Clone(ctx context.Context, from, to string, password secret.Value, owner rotator.Owner) error {
	verifier, err := s.verifier(ctx, to, password)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		comment, exists, err := roleComment(ctx, tx, to)
		switch {
		case err != nil:
			return err
		case exists && !owner.Known && comment != mark(owner):
			return fmt.Errorf("role %q exists, and was not made for this secret: rename it, or take it into use with COMMENT ON ROLE %s IS %s",
				to, name(to), strings.TrimSpace(literal(mark(owner))))
		case !exists:
			err = s.create(ctx, tx, from, to, mark(owner))
		}
		if err != nil {
			return err
		}
		if err := level(ctx, tx, s, from, to); err != nil {
			return err
		}
		// The password last: what comes before can be seen to be right without it.
		return exec(ctx, tx, "ALTER ROLE "+name(to)+" LOGIN PASSWORD "+literal(verifier))
	})
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error { return level(ctx, tx, s, from, to) })
}

// create makes a role that is a member of the one that it stands in for, as
// AWS's function does (rotation-functions.md, 3).
func (s *session) create(ctx context.Context, tx pgx.Tx, from, to, comment string) error {
	for _, statement := range []string{
		"CREATE ROLE " + name(to) + " LOGIN",
		"GRANT " + name(from) + " TO " + name(to),
		"COMMENT ON ROLE " + name(to) + " IS " + literal(comment),
	} {
		if err := exec(ctx, tx, statement); err != nil {
			return err
		}
	}
	s.report.Note("made role %s, a member of %s", to, from)
	return nil
}

func roleComment(ctx context.Context, tx pgx.Tx, role string) (comment string, exists bool, err error) {
	err = tx.QueryRow(ctx, `SELECT COALESCE(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = $1`, role).Scan(&comment)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	return comment, err == nil, err
}

// level gives one role the attributes, memberships and settings of another.
func level(ctx context.Context, tx pgx.Tx, s *session, from, to string) error {
	if err := levelAttributes(ctx, tx, from, to); err != nil {
		return err
	}
	if err := levelMemberships(ctx, tx, s, from, to); err != nil {
		return err
	}
	return levelSettings(ctx, tx, from, to)
}

// attributes are what CREATE ROLE says of a role, without those that only a
// superuser may give away.
type attributes struct {
	inherit, createDB, createRole bool
	connections                   int
}

func attributesOf(ctx context.Context, tx pgx.Tx, role string) (a attributes, err error) {
	err = tx.QueryRow(ctx, `SELECT rolinherit, rolcreatedb, rolcreaterole, rolconnlimit FROM pg_roles WHERE rolname = $1`, role).
		Scan(&a.inherit, &a.createDB, &a.createRole, &a.connections)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("role %q does not exist", role)
	}
	return a, err
}

func levelAttributes(ctx context.Context, tx pgx.Tx, from, to string) error {
	want, err := attributesOf(ctx, tx, from)
	if err != nil {
		return err
	}
	have, err := attributesOf(ctx, tx, to)
	if err != nil || have == want {
		return err
	}
	var words []string
	for _, a := range []struct {
		differs, on bool
		word        string
	}{
		{have.inherit != want.inherit, want.inherit, "INHERIT"},
		{have.createDB != want.createDB, want.createDB, "CREATEDB"},
		{have.createRole != want.createRole, want.createRole, "CREATEROLE"},
	} {
		switch {
		case a.differs && a.on:
			words = append(words, a.word)
		case a.differs:
			words = append(words, "NO"+a.word)
		}
	}
	if have.connections != want.connections {
		words = append(words, fmt.Sprintf("CONNECTION LIMIT %d", want.connections))
	}
	return exec(ctx, tx, "ALTER ROLE "+name(to)+" "+strings.Join(words, " "))
}

// levelMemberships grants what is missing and revokes what is too much. That the
// two are members of each other is left alone: it is what makes them a pair.
func levelMemberships(ctx context.Context, tx pgx.Tx, s *session, from, to string) error {
	want, err := memberships(ctx, tx, from)
	if err != nil {
		return err
	}
	have, err := memberships(ctx, tx, to)
	if err != nil {
		return err
	}
	delete(want, to)
	delete(have, from)
	for _, role := range sorted(want) {
		if admin, ok := have[role]; ok && admin == want[role] {
			continue
		}
		grant := "GRANT " + name(role) + " TO " + name(to)
		if want[role] {
			grant += " WITH ADMIN OPTION"
		} else if have[role] {
			grant = "REVOKE ADMIN OPTION FOR " + name(role) + " FROM " + name(to)
		}
		if err := exec(ctx, tx, grant); err != nil {
			return err
		}
		s.report.Note("brought %s level: %s", to, grant)
	}
	for _, role := range sorted(have) {
		if _, ok := want[role]; ok {
			continue
		}
		revoke := "REVOKE " + name(role) + " FROM " + name(to)
		if err := exec(ctx, tx, revoke); err != nil {
			return err
		}
		s.report.Note("brought %s level: %s", to, revoke)
	}
	return nil
}

// memberships gives the roles that a role is a member of, and whether with the
// admin option.
func memberships(ctx context.Context, tx pgx.Tx, member string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `SELECT r.rolname, bool_or(m.admin_option) FROM pg_auth_members m
JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = $1 GROUP BY r.rolname`, member)
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	var role string
	var admin bool
	_, err = pgx.ForEachRow(rows, []any{&role, &admin}, func() error {
		out[role] = admin
		return nil
	})
	return out, err
}

func sorted(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func exec(ctx context.Context, tx pgx.Tx, statement string) error {
	_, err := tx.Exec(ctx, statement)
	return err
}
