package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/rotator/internal/pgwire"
)

// levelOwnership gives the original what the clone owns in this database: what it
// made before it acted as the original, or by acting as itself. Where the
// administrator may not, that is noted and no more.
func (s *session) levelOwnership(ctx context.Context, tx pgx.Tx, p pair) error {
	var owns bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND deptype = 'o'
AND refobjid = (SELECT oid FROM pg_roles WHERE rolname = $1) AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
		p.clone).Scan(&owns)
	if err != nil || !owns {
		return err
	}
	return s.attempt(ctx, tx, "REASSIGN OWNED BY "+pgwire.Name(p.clone)+" TO "+pgwire.Name(p.original),
		"what "+p.clone+" made stays its own")
}

// attempt runs a statement that the administrator may not be allowed to run.
// Then that is noted, with what it means.
func (s *session) attempt(ctx context.Context, tx pgx.Tx, statement, otherwise string) error {
	err := pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error { return s.do(ctx, savepoint, statement) })
	if err != nil && tx.Conn().IsClosed() {
		return err
	}
	if err != nil {
		s.report.Note("%s: %v", otherwise, err)
	}
	return nil
}
