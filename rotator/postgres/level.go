package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
)

// pair is two users who take turns: the original, whom people know and manage,
// and its clone. The clone is a member of the original, so what the original may
// do, the clone may do at once, and no longer than the original may. Only what
// membership does not carry is copied, and only ever from the original to the
// clone: a change that someone makes to the original while the clone is in use
// is never undone.
type pair struct {
	original, clone string
	cloneInUse      bool
}

// pairOf finds out which of two users is the clone: the member of the other; if
// neither is, because someone revoked it, the one with the mark in its name.
func pairOf(ctx context.Context, tx pgx.Tx, from, to string) (pair, error) {
	member, err := directly(ctx, tx, from)
	if err != nil {
		return pair{}, err
	}
	if _, ok := member[to]; ok {
		return pair{original: to, clone: from, cloneInUse: true}, nil
	}
	if member, err = directly(ctx, tx, to); err != nil {
		return pair{}, err
	}
	if _, ok := member[from]; !ok && from == to+traits.CloneMark {
		return pair{original: to, clone: from, cloneInUse: true}, nil
	}
	return pair{original: from, clone: to}, nil
}

// level makes a clone what its original is.
func (s *session) level(ctx context.Context, tx pgx.Tx, from, to string) error {
	p, err := pairOf(ctx, tx, from, to)
	if err != nil {
		return err
	}
	if err := s.levelAttributes(ctx, tx, p); err != nil {
		return err
	}
	if err := s.levelMemberships(ctx, tx, p); err != nil {
		return err
	}
	if err := s.levelSettings(ctx, tx, p); err != nil {
		return err
	}
	return s.levelOwnership(ctx, tx, p)
}

// do runs a statement and notes it.
func (s *session) do(ctx context.Context, tx pgx.Tx, statement string) error {
	if err := exec(ctx, tx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	s.report.Note("levelled the two users: %s", statement)
	return nil
}

// attributes are what CREATE ROLE says of a role.
type attributes struct {
	flags       []bool // of words
	connections int
	validUntil  string
}

// words are the attributes that a role has or has not. INHERIT comes first.
var words = []string{"INHERIT", "SUPERUSER", "CREATEDB", "CREATEROLE", "REPLICATION", "BYPASSRLS"}

func attributesOf(ctx context.Context, tx pgx.Tx, role string) (a attributes, err error) {
	err = tx.QueryRow(ctx, `SELECT ARRAY[rolinherit, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls],
rolconnlimit, COALESCE(rolvaliduntil::text, 'infinity') FROM pg_roles WHERE rolname = $1`, role).
		Scan(&a.flags, &a.connections, &a.validUntil)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fmt.Errorf("role %q does not exist", role)
	}
	return a, err
}

func (s *session) levelAttributes(ctx context.Context, tx pgx.Tx, p pair) error {
	want, err := attributesOf(ctx, tx, p.original)
	if err != nil {
		return err
	}
	have, err := attributesOf(ctx, tx, p.clone)
	if err != nil {
		return err
	}
	want.flags[0] = true // or it could not use what it is a member for
	var change []string
	for i, word := range words {
		switch {
		case want.flags[i] == have.flags[i]:
		case want.flags[i]:
			change = append(change, word)
		default:
			change = append(change, "NO"+word)
		}
	}
	if have.connections != want.connections {
		change = append(change, fmt.Sprintf("CONNECTION LIMIT %d", want.connections))
	}
	if have.validUntil != want.validUntil {
		change = append(change, "VALID UNTIL"+pgwire.Literal(want.validUntil))
	}
	if len(change) == 0 {
		return nil
	}
	return s.do(ctx, tx, "ALTER ROLE "+pgwire.Name(p.clone)+" "+strings.Join(change, " "))
}
