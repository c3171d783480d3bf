package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// direct reads the first row of a statement as the driver gives it, and tells
// whether there was one. What database/sql would do in between, for any type and
// any number of rows, is a tenth of what it takes to read a value.
func (s *session) direct(ctx context.Context, into []driver.Value, query string, args ...any) (there bool, err error) {
	named := make([]driver.NamedValue, len(args))
	for i, a := range args {
		named[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	err = s.conn.Raw(func(conn any) error {
		rows, err := s.directRows(ctx, conn, query, named)
		if err != nil {
			return err
		}
		err = rows.Next(into)
		if there = err == nil; err == io.EOF {
			err = nil
		}
		return errors.Join(err, rows.Close())
	})
	return there, err
}

// directRows prepares and interrupts what a session does.
func (s *session) directRows(ctx context.Context, conn any, query string, args []driver.NamedValue) (driver.Rows, error) {
	if s.statements == nil {
		return conn.(driver.QueryerContext).QueryContext(ctx, query, args)
	}
	ctx = context.WithoutCancel(ctx)
	st, ok := s.directly[query]
	if !ok {
		var err error
		if st, err = conn.(driver.ConnPrepareContext).PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		s.directly[query] = st
	}
	return st.(driver.StmtQueryContext).QueryContext(ctx, args)
}

// closeDirect closes the statements that database/sql knows nothing of.
func (s *session) closeDirect() error {
	return s.conn.Raw(func(any) error {
		var errs []error
		for _, st := range s.directly {
			errs = append(errs, st.Close())
		}
		return errors.Join(errs...)
	})
}

// What a column holds, the zero value for NULL.

func number(v driver.Value) int64 { n, _ := v.(int64); return n }
func text(v driver.Value) string  { s, _ := v.(string); return s }
func blob(v driver.Value) []byte  { b, _ := v.([]byte); return b }
