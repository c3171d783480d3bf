package postgres

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
)

// levelMemberships sees to it that the clone is a member of the original and of
// nothing else. What someone gave to the clone while it is in use goes to the
// original, which would miss it at its next turn.
func (s *session) levelMemberships(ctx context.Context, tx pgx.Tx, p pair) error {
	have, err := directly(ctx, tx, p.clone)
	if err != nil {
		return err
	}
	if err := s.levelPair(ctx, tx, p, have); err != nil {
		return err
	}
	delete(have, p.original)
	want, err := directly(ctx, tx, p.original)
	if err != nil {
		return err
	}
	for _, role := range slices.Sorted(maps.Keys(have)) {
		if err := s.carry(ctx, tx, p, role, have[role], want[role]); err != nil {
			return err
		}
		if err := s.revoke(ctx, tx, role, p.clone, have[role]); err != nil {
			return err
		}
	}
	return nil
}

// levelPair makes the clone a member of the original that may use what the
// original may.
func (s *session) levelPair(ctx context.Context, tx pgx.Tx, p pair, have map[string]membership) error {
	_, member := have[p.original]
	var uses bool
	if err := tx.QueryRow(ctx, "SELECT pg_has_role($1::name, $2::name, 'USAGE')", p.clone, p.original).Scan(&uses); err != nil {
		return err
	}
	if member && uses {
		return nil
	}
	grant := "GRANT " + pgwire.Name(p.original) + " TO " + pgwire.Name(p.clone)
	if s.version() >= grantsHaveOptions {
		grant += " WITH INHERIT TRUE, SET TRUE"
	}
	return s.do(ctx, tx, grant)
}

// carry gives the original what only the clone was given.
func (s *session) carry(ctx context.Context, tx pgx.Tx, p pair, role string, have, want membership) error {
	if !p.cloneInUse || want.by != nil && (want.admin || !have.admin) {
		return nil
	}
	grant := "GRANT " + pgwire.Name(role) + " TO " + pgwire.Name(p.original)
	if have.admin {
		grant += " WITH ADMIN OPTION"
	}
	return s.do(ctx, tx, grant)
}

// revoke takes a role off a user, whoever granted it. Where the administrator
// may not, that is noted and no more: the user keeps what it had.
func (s *session) revoke(ctx context.Context, tx pgx.Tx, role, user string, m membership) error {
	revoke := "REVOKE " + pgwire.Name(role) + " FROM " + pgwire.Name(user)
	statements := []string{revoke}
	if s.version() >= grantsHaveOptions {
		statements = nil
		for _, grantor := range m.by {
			statements = append(statements, revoke+" GRANTED BY "+pgwire.Name(grantor))
		}
	}
	for _, statement := range statements {
		if err := s.attempt(ctx, tx, statement, user+" keeps "+role); err != nil {
			return err
		}
	}
	return nil
}

// membership is how a role is a member of another.
type membership struct {
	admin bool
	by    []string // who granted it: one, and from PostgreSQL 16 on perhaps several
}

// directly gives the roles that a role is itself a member of.
func directly(ctx context.Context, tx pgx.Tx, member string) (map[string]membership, error) {
	rows, err := tx.Query(ctx, `SELECT r.rolname, bool_or(m.admin_option), array_agg(COALESCE(g.rolname, '')::text ORDER BY g.rolname)
FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles u ON u.oid = m.member
LEFT JOIN pg_roles g ON g.oid = m.grantor WHERE u.rolname = $1 GROUP BY r.rolname`, member)
	if err != nil {
		return nil, err
	}
	out := map[string]membership{}
	var role string
	var m membership
	_, err = pgx.ForEachRow(rows, []any{&role, &m.admin, &m.by}, func() error {
		out[role] = membership{m.admin, slices.Clone(m.by)}
		return nil
	})
	return out, err
}
