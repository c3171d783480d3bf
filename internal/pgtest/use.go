package pgtest

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Admin connects as the superuser. The caller closes the connection.
func (s *Server) Admin(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, s.DSN(s.User, s.Password, "postgres"))
}

// Exec runs SQL as the superuser.
func (s *Server) Exec(ctx context.Context, sql string) error {
	return s.exec(ctx, s.DSN(s.User, s.Password, "postgres"), sql)
}

// CanLogin logs in afresh, and gives the error if the server does not let one in.
func (s *Server) CanLogin(ctx context.Context, user, password, database string) error {
	return s.exec(ctx, s.DSN(user, password, database), "SELECT 1")
}

// PID is the process id of the server.
func (s *Server) PID() int { return s.process.os.Pid }

func (s *Server) exec(ctx context.Context, dsn, sql string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	return err
}
