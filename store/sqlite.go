package store

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"zombiezen.com/go/sqlite"
)

// sqliteConn is a connection to SQLite, without database/sql: that asks for the name
// and type of each column, boxes each value and takes a lock around each, which was
// a quarter of the time of a read. Nothing is interrupted: a BEGIN that was carried
// out although its caller had gone would leave the connection in a transaction for
// whoever comes next.
type sqliteConn struct {
	conn     *sqlite.Conn
	prepared map[string]statement
}

// statement is one that is kept, with the number of the argument that each of its
// places takes: the places of SQLite are in the order in which it comes upon them.
type statement struct {
	*sqlite.Stmt
	places []int
}

func openSQLite(path string) (*sqliteConn, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite) // to read, too, the log has to be locked
	if err != nil {
		return nil, err
	}
	c := &sqliteConn{conn, map[string]statement{}}
	for _, setting := range sqliteSettings {
		if _, err := c.exec(context.Background(), "PRAGMA "+setting); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return c, nil
}

func (c *sqliteConn) close() error { return c.conn.Close() }

// ended tells that no transaction is open.
func (c *sqliteConn) ended() bool { return c.conn.AutocommitEnabled() }

// exec implements [connection].
func (c *sqliteConn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	err := c.query(ctx, func(func(...any) error) error { return nil }, query, args...)
	return int64(c.conn.Changes()), err
}

// insert implements [connection]. RETURNING would have SQLite keep the row beside
// the table, which makes the statement half as dear again.
func (c *sqliteConn) insert(ctx context.Context, query string, args ...any) (id int64, err error) {
	_, err = c.exec(ctx, query, args...)
	return c.conn.LastInsertRowID(), err
}

// query implements [connection].
func (c *sqliteConn) query(_ context.Context, each func(scan func(...any) error) error, query string, args ...any) (err error) {
	st, err := c.prepare(query)
	if err != nil {
		return err
	}
	defer func() {
		if reset := st.Reset(); err == nil {
			err = reset
		}
	}()
	if err := st.bindAll(args); err != nil {
		return err
	}
	scan := func(into ...any) error { return scanRow(st.Stmt, into) }
	for {
		there, err := st.Step()
		if err != nil || !there {
			return err
		}
		if err := each(scan); err != nil {
			return err
		}
	}
}

func (c *sqliteConn) prepare(query string) (statement, error) {
	if st, ok := c.prepared[query]; ok {
		return st, nil
	}
	made, err := c.conn.Prepare(query)
	if err != nil {
		return statement{}, err
	}
	st := statement{Stmt: made}
	for place := range st.BindParamCount() {
		n, err := strconv.Atoi(strings.TrimPrefix(st.BindParamName(place+1), "$"))
		if err != nil || n < 1 {
			return statement{}, fmt.Errorf("store: a statement asks for %s", st.BindParamName(place+1))
		}
		st.places = append(st.places, n)
	}
	c.prepared[query] = st
	return st, nil
}

// bindAll gives a statement all of its arguments, so that nothing is left of those
// that it had before.
func (st statement) bindAll(args []any) error {
	for i, n := range st.places {
		if n > len(args) {
			return fmt.Errorf("store: a statement with %d arguments asks for $%d", len(args), n)
		}
		if err := bind(st.Stmt, i+1, args[n-1]); err != nil {
			return err
		}
	}
	return nil
}

func bind(st *sqlite.Stmt, place int, a any) error {
	switch a := a.(type) {
	case string:
		st.BindText(place, a)
	case int64:
		st.BindInt64(place, a)
	case int:
		st.BindInt64(place, int64(a))
	case bool:
		st.BindBool(place, a)
	case []byte:
		if a == nil {
			st.BindNull(place)
			break
		}
		st.BindBytes(place, a)
	default:
		if reflect.TypeOf(a).Kind() != reflect.String {
			return fmt.Errorf("store: no statement takes a %T", a)
		}
		st.BindText(place, reflect.ValueOf(a).String())
	}
	return nil
}

// scanRow reads the columns of a row. NULL is the zero value.
func scanRow(st *sqlite.Stmt, into []any) error {
	for i, to := range into {
		switch to := to.(type) {
		case *string:
			*to = st.ColumnText(i)
		case *int64:
			*to = st.ColumnInt64(i)
		case *int:
			*to = st.ColumnInt(i)
		case *bool:
			*to = st.ColumnBool(i)
		case *[]byte:
			*to = bytesOf(st, i)
		default:
			if reflect.TypeOf(to).Elem().Kind() != reflect.String {
				return fmt.Errorf("store: no column is read as %T", to)
			}
			reflect.ValueOf(to).Elem().SetString(st.ColumnText(i))
		}
	}
	return nil
}

func bytesOf(st *sqlite.Stmt, column int) []byte {
	if st.ColumnIsNull(column) {
		return nil
	}
	b := make([]byte, st.ColumnLen(column))
	st.ColumnBytes(column, b)
	return b
}
