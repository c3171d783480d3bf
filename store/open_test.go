package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/store"
)

// TestNewerSchema: a store that a later program has changed is left alone.
func TestNewerSchema(t *testing.T) {
	for name, where := range map[string]func(*testing.T) string{"sqlite": newFile, "postgres": newDatabase} {
		t.Run(name, func(t *testing.T) {
			at := where(t)
			st, err := store.Open(t.Context(), store.Config{Where: at, Now: fixed})
			if err != nil {
				t.Fatal(err)
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			driver := map[string]string{"sqlite": "sqlite", "postgres": "pgx"}[name]
			db, err := sql.Open(driver, at)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, true)`); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Open(t.Context(), store.Config{Where: at, Now: fixed}); err == nil || !strings.Contains(err.Error(), "999") {
				t.Errorf("opened: %v", err)
			}
		})
	}
}

func TestNoDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alberti.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := store.Open(t.Context(), store.Config{Where: path, Now: fixed}); err == nil {
		t.Error("opened a file that is no database")
	}
	if _, err := store.Open(t.Context(), store.Config{Where: "postgres://nobody@127.0.0.1:1/none?connect_timeout=2", Now: fixed}); err == nil {
		t.Error("opened a server that is not there")
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("took %v to find out", took)
	}
}
