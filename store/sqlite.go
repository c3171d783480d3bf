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

// reader is one of SQLite's connections for reading, by the engine of the writer
// but not through database/sql, which took a quarter of the time of a read: for
// the name and type of each column, a value of any type, and a lock around each.
type reader struct {
	conn   *sqlite.Conn
	inside bool   // of a transaction that is kept for the next read
	shows  uint64 // how many commits it began after (readers)
}

func openReader(path string) (*reader, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite) // the log has to be locked to be read
	if err != nil {
		return nil, err
	}
	r := &reader{conn: conn}
	for _, setting := range append([]string{"query_only(1)"}, sqliteSettings...) {
		if err := r.run("PRAGMA " + setting); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return r, nil
}

// run carries out a statement of which no rows are asked.
func (r *reader) run(query string) error {
	return r.query(context.Background(), func(func(...any) error) error { return nil }, query)
}

// query implements [source].
func (r *reader) query(_ context.Context, each func(scan func(...any) error) error, query string, args ...any) (err error) {
	st, err := r.conn.Prepare(query) // which keeps it
	if err != nil {
		return err
	}
	defer func() {
		if reset := st.Reset(); err == nil {
			err = reset
		}
	}()
	if err := bindAll(st, args); err != nil {
		return err
	}
	scan := func(into ...any) error { return scanRow(st, into) }
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

// bindAll gives a statement its arguments by their numbers: the places of SQLite
// are in the order in which it comes upon them.
func bindAll(st *sqlite.Stmt, args []any) error {
	for place := range st.BindParamCount() {
		n, err := strconv.Atoi(strings.TrimPrefix(st.BindParamName(place+1), "$"))
		if err != nil || n < 1 || n > len(args) {
			return fmt.Errorf("store: a statement with %d arguments asks for %s", len(args), st.BindParamName(place+1))
		}
		if err := bind(st, place+1, args[n-1]); err != nil {
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
	default:
		return fmt.Errorf("store: no statement that reads takes a %T", a)
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

// show opens a transaction that began after so many commits, unless one is open.
func (r *reader) show(commits uint64) error {
	if r.inside && r.shows == commits {
		return nil
	}
	r.showNothing()
	err := r.run(sqliteDialect.beginView)
	r.inside, r.shows = err == nil, commits
	return err
}

// showNothing ends the transaction, if one is open. SQLite refuses only where it
// has ended it by itself.
func (r *reader) showNothing() {
	if r.inside {
		_ = r.run("ROLLBACK")
		r.inside = false
	}
}
