package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// session is one connection. On SQLite it keeps its statements prepared, which
// halves the cost of a read; pgx does so by itself. There, too, a statement is
// not interrupted: it is short, and a BEGIN that was carried out although its
// caller had gone would leave the connection in a transaction for whoever comes
// next.
type session struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt // nil: prepare nothing
	directly   map[string]driver.Stmt
	inside     bool   // of a transaction that is kept for the next read
	shows      uint64 // how many commits it began after (readers)
}

func newSession(ctx context.Context, db *sql.DB) (*session, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &session{conn: conn, statements: map[string]*sql.Stmt{}, directly: map[string]driver.Stmt{}}, nil
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
	errs := []error{s.closeDirect()}
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

func (s *session) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.statements == nil {
		return s.conn.QueryContext(ctx, query, args...)
	}
	st, err := s.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(context.WithoutCancel(ctx), args...)
}

func (s *session) row(ctx context.Context, query string, args ...any) *sql.Row {
	if s.statements == nil {
		return s.conn.QueryRowContext(ctx, query, args...)
	}
	st, err := s.prepared(ctx, query)
	if err != nil {
		return s.conn.QueryRowContext(context.WithoutCancel(ctx), query, args...) // it fails again, and says why
	}
	return st.QueryRowContext(context.WithoutCancel(ctx), args...)
}
