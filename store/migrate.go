package store

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	"io"
	"io/fs"
	"regexp"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrate brings the schema up to date, or refuses one from a later program.
func migrate(ctx context.Context, db *sql.DB, d *dialect) error {
	// goose tries for seconds where there is nothing to be had.
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("store: cannot be opened: %w", err)
	}
	scripts, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	options := []goose.ProviderOption{}
	if !d.exclusive {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(goose.Dialect(d.name), db, spelling{scripts, d.words}, options...)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	current, target, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: schema: %w", err)
	}
	if current > target {
		return fmt.Errorf("store: its schema is version %d, and this program knows up to %d: use a newer alberti", current, target)
	}
	if current == target {
		return nil
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("store: schema: %w", err)
	}
	return nil
}

var word = regexp.MustCompile(`\$\{(\w+)\}`)

// spelling is the migrations in the words of one database.
type spelling struct {
	fs.FS
	words map[string]string
}

// Open implements fs.FS.
func (s spelling) Open(name string) (fs.File, error) {
	f, err := s.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err != nil || info.IsDir() {
		return f, err
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return nil, err
	}
	text = word.ReplaceAllFunc(text, func(w []byte) []byte { return []byte(s.words[string(w[2:len(w)-1])]) })
	return spelt{File: f, text: bytes.NewReader(text)}, nil
}

type spelt struct {
	fs.File
	text *bytes.Reader
}

func (f spelt) Read(p []byte) (int, error) { return f.text.Read(p) }
