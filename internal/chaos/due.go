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
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.server.data, "alberti.db"))
	if err != nil {
		return err
	}
	now := time.Now()
	out, err := db.Exec("UPDATE secrets SET rotation_due = ?, rotation_window = ? WHERE name = ?",
		now.Add(-time.Second).UnixMicro(), now.Add(24*time.Hour).UnixMicro(), strings.TrimSuffix("db/"+t.current.User, "_clone"))
	if err == nil {
		if n, _ := out.RowsAffected(); n != 1 {
			err = fmt.Errorf("%d secrets are due", n)
		}
	}
	return errors.Join(err, db.Close())
}
