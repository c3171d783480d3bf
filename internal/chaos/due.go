package main

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// makeDue has the window of the secret open while the server does not run.
func (t *trial) makeDue() error {
	now := time.Now()
	n, err := t.server.edit("UPDATE secrets SET rotation_due = ?, rotation_window = ? WHERE name = ?",
		now.Add(-time.Second).UnixMicro(), now.Add(24*time.Hour).UnixMicro(), "db/"+strings.TrimSuffix(t.current.User, "_clone"))
	if err == nil && n != 1 {
		err = fmt.Errorf("%d secrets are due", n)
	}
	return err
}

// edit changes the store of a server that does not run, and tells how many rows.
func (s *server) edit(statement string, args ...any) (rows int64, err error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(s.data, "alberti.db"))
	if err != nil {
		return 0, err
	}
	out, err := db.Exec(statement, args...)
	if err == nil {
		rows, err = out.RowsAffected()
	}
	return rows, errors.Join(err, db.Close())
}
