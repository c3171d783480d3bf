package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqlite opens the database file of a server that does not run.
func (s *server) sqlite() *sql.DB {
	s.t.Helper()
	return openSQLite(s.t, filepath.Join(s.Data, "alberti.db"))
}

func openSQLite(t testing.TB, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// edit changes the database file of a server that does not run.
func (s *server) edit(statement string, args ...any) {
	s.t.Helper()
	db := s.sqlite()
	out, err := db.Exec(statement, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	if n, err := out.RowsAffected(); n != 1 || err != nil {
		s.t.Fatalf("%s: %d rows, %v", statement, n, err)
	}
	if err := db.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// makeDue has a secret's window open while the server does not run.
func (r *rotating) makeDue() {
	r.s.t.Helper()
	now := time.Now()
	r.s.edit("UPDATE secrets SET rotation_due = ?, rotation_window = ? WHERE name = ?",
		now.Add(-time.Second).UnixMicro(), now.Add(time.Hour).UnixMicro(), r.Name)
}

// pendingToken reads the token of the rotation under way while the server does
// not run.
func (r *rotating) pendingToken() (token string) {
	r.s.t.Helper()
	db := r.s.sqlite()
	defer db.Close()
	err := db.QueryRow(`SELECT token FROM rotations r JOIN secrets s ON s.id = r.secret
WHERE s.name = ? AND r.state = 'running'`, r.Name).Scan(&token)
	if err != nil {
		r.s.t.Fatal(err)
	}
	return token
}

// content writes out all that a SQLite file holds, from a copy: looking must not
// change it. What is only in the write-ahead log counts.
func content(t testing.TB, path string) string {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	for _, end := range []string{"", "-wal"} {
		text, err := os.ReadFile(path + end)
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(copied+end, text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	db := openSQLite(t, copied)
	defer db.Close()
	var all strings.Builder
	for _, row := range rows(t, db, "SELECT name, sql FROM sqlite_schema ORDER BY type, name") {
		fmt.Fprintln(&all, row)
	}
	for _, table := range rows(t, db, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
		var lines []string
		for _, row := range rows(t, db, fmt.Sprintf("SELECT * FROM %q", table[0])) {
			lines = append(lines, fmt.Sprint(row))
		}
		slices.Sort(lines)
		fmt.Fprintln(&all, table, lines)
	}
	return all.String()
}

func rows(t testing.TB, db *sql.DB, query string) (all [][]any) {
	t.Helper()
	found, err := db.QueryContext(context.Background(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for found.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// due reads when the schedule starts the next rotation, while the server runs.
func (r *rotating) due() time.Time {
	r.s.t.Helper()
	db := r.s.sqlite()
	defer db.Close()
	var micros int64
	if err := db.QueryRow(`SELECT rotation_due FROM secrets WHERE name = ?`, r.Name).Scan(&micros); err != nil {
		r.s.t.Fatal(err)
	}
	return time.UnixMicro(micros)
}
