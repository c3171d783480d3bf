package store

import (
	"context"
	"database/sql"
)

// session is a connection to PostgreSQL; pgx keeps its statements prepared.
type session struct{ conn *sql.Conn }

// exec implements [connection].
func (s *session) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := s.conn.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// insert implements [connection].
func (s *session) insert(ctx context.Context, query string, args ...any) (id int64, err error) {
	err = s.conn.QueryRowContext(ctx, query+" RETURNING id", args...).Scan(&id)
	return id, err
}

// query implements [connection].
func (s *session) query(ctx context.Context, each func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.conn.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
