package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
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
		if err := s.provide(ctx, tx, from, to, owner); err != nil {
			return err
		}
		if err := s.level(ctx, tx, from, to); err != nil {
			return err
		}
		// The password last: what comes before can be seen to be right without it.
		return exec(ctx, tx, "ALTER ROLE "+pgwire.Name(to)+" LOGIN PASSWORD "+pgwire.Literal(verifier))
	})
}

// Level implements rotator.Cloner.
func (s *session) Level(ctx context.Context, from, to string) error {
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error { return s.level(ctx, tx, from, to) })
}

// provide makes the role to where it is missing, and refuses a role that was
// there before and that neither the secret nor a mark calls one of the pair.
func (s *session) provide(ctx context.Context, tx pgx.Tx, from, to string, owner rotator.Owner) error {
	comment, exists, err := roleComment(ctx, tx, to)
	if err != nil {
		return err
	}
	if !exists && owner.Existing {
		return fmt.Errorf("role %q does not exist, and tags forbid to make it", to)
	}
	if !exists {
		return s.create(ctx, tx, from, to, mark(owner))
	}
	madeFrom, _, err := roleComment(ctx, tx, from)
	if err != nil || owner.Known || owner.Adopt || comment == mark(owner) || madeFrom == mark(owner) {
		return err
	}
	return fmt.Errorf("role %q exists, and was not made for this secret: rename it, or take it into use with COMMENT ON ROLE %s IS %s",
		to, pgwire.Name(to), strings.TrimSpace(pgwire.Literal(mark(owner))))
}

// create makes a role that is a member of the one that it stands in for, as
// AWS's function does (rotation-functions.md, 3).
func (s *session) create(ctx context.Context, tx pgx.Tx, original, clone, comment string) error {
	for _, statement := range []string{
		"CREATE ROLE " + pgwire.Name(clone) + " LOGIN INHERIT",
		"GRANT " + pgwire.Name(original) + " TO " + pgwire.Name(clone),
		"COMMENT ON ROLE " + pgwire.Name(clone) + " IS " + pgwire.Literal(comment),
	} {
		if err := exec(ctx, tx, statement); err != nil {
			return err
		}
	}
	s.report.Note("made role %s, a member of %s", clone, original)
	return nil
}

func roleComment(ctx context.Context, tx pgx.Tx, role string) (comment string, exists bool, err error) {
	err = tx.QueryRow(ctx, `SELECT COALESCE(shobj_description(oid, 'pg_authid'), '') FROM pg_roles WHERE rolname = $1`, role).Scan(&comment)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	return comment, err == nil, err
}

// exec runs a statement. Why the server refused it is often in the detail only.
func exec(ctx context.Context, tx pgx.Tx, statement string) error {
	_, err := tx.Exec(ctx, statement)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Detail != "" {
		return fmt.Errorf("%w: %s", err, refused.Detail)
	}
	return err
}
