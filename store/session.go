package store

import (
	"context"
	"database/sql"
	"errors"
)

// session is one connection of database/sql. On SQLite it keeps its statements prepared, which
// halves the cost of each; pgx does so by itself. There, too, a statement is
// not interrupted: it is short, and a BEGIN that was carried out although its
// caller had gone would leave the connection in a transaction for whoever comes
// next.
type session struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt // nil: prepare nothing
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, statements: map[string]*sql.Stmt{}}, nil
}

func (s *session) prepared(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := s.statements[query]; ok {
		return st, nil
	}
	st, err := s.conn.PrepareContext(context.WithoutCancel(ctx), query)
	if err == nil {
		s.statements[query] = st
	}
	return st, err
}

// close closes the connection with its statements: SQLite keeps a connection
// that has any left, and with it the write-ahead log.
func (s *session) close() error {
	var errs []error
	for _, st := range s.statements {
		errs = append(errs, st.Close())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

func (s *session) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if s.statements == nil {
		return s.conn.ExecContext(ctx, query, args...)
	}
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(context.WithoutCancel(ctx), args...)
}

// query implements [source].
func (s *session) query(ctx context.Context, each func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := s.rows(ctx, query, args...)
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

func (s *session) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.statements == nil {
		return s.conn.QueryContext(ctx, query, args...)
	}
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.WithoutCancel(ctx), args...)
}
