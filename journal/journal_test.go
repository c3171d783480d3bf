package journal_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/journal"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
)

const (
	db  = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-a1B2c3"
	web = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:web-a1B2c3"
)

var ctx = context.Background()

func open(t *testing.T) (j *journal.Journal, dir string, root keyring.Wrapper) {
	t.Helper()
	root, err := keyring.CreateLocal(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "journal")
	return journal.Open(dir, root), dir, root
}

func keep(t *testing.T, j *journal.Journal, arn string, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		e := journal.Entry{Version: fmt.Sprint(n), Sent: time.Unix(int64(n), 0).UTC(), Value: secret.Text(fmt.Sprintf("password-%d", n))}
		if err := j.Keep(ctx, arn, e); err != nil {
			t.Fatal(err)
		}
	}
}

func versions(t *testing.T, j *journal.Journal, arn string) string {
	t.Helper()
	entries, err := j.Entries(ctx, arn)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		if want := "password-" + e.Version; string(e.Value.Reveal()) != want || e.Value.IsBinary() || fmt.Sprint(e.Sent.Unix()) != e.Version {
			t.Errorf("version %s has another value, or was sent at %v", e.Version, e.Sent)
		}
		out = append(out, e.Version)
	}
	return strings.Join(out, " ")
}

func TestJournal(t *testing.T) {
	j, dir, root := open(t)
	if got := versions(t, j, db); got != "" {
		t.Errorf("at first: %s", got)
	}
	keep(t, j, db, 0, 3)
	keep(t, j, web, 7, 8)
	again := journal.Open(dir, root) // as after a restart
	if got := versions(t, again, db); got != "2 1 0" {
		t.Error(got)
	}
	if got := versions(t, again, web); got != "7" {
		t.Error(got)
	}
	if err := j.Forget(db); err != nil {
		t.Error(err)
	}
	if err := j.Forget(db); err != nil {
		t.Error("twice:", err)
	}
	if got := versions(t, j, db) + versions(t, j, web); got != "7" {
		t.Error(got)
	}
}

// TestLong holds a file to a bounded length, with the latest values in it.
func TestLong(t *testing.T) {
	j, _, _ := open(t)
	keep(t, j, db, 0, 500)
	got := strings.Fields(versions(t, j, db))
	if len(got) < 32 || len(got) > 64 {
		t.Fatalf("%d values are kept", len(got))
	}
	for i, version := range got {
		if version != fmt.Sprint(499-i) {
			t.Fatalf("kept: %v", got)
		}
	}
}

func TestBinary(t *testing.T) {
	j, _, _ := open(t)
	if err := j.Keep(ctx, db, journal.Entry{Version: "1", Value: secret.Binary([]byte{0, 0xff})}); err != nil {
		t.Fatal(err)
	}
	entries, err := j.Entries(ctx, db)
	if err != nil || len(entries) != 1 || !entries[0].Value.Equal(secret.Binary([]byte{0, 0xff})) {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}

// TestCutOff loses the end of a file at every byte, as a crash does, and goes on.
func TestCutOff(t *testing.T) {
	j, dir, _ := open(t)
	keep(t, j, db, 0, 2)
	path := files(t, dir)[0]
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first := strings.IndexByte(string(whole), '\n') + 1
	for length := first; length < len(whole); length += 3 {
		if err := os.WriteFile(path, whole[:length], 0o600); err != nil {
			t.Fatal(err)
		}
		keep(t, j, db, 5, 6)
		entries, err := j.Entries(ctx, db)
		if last := len(entries) - 1; err != nil || last < 1 || entries[0].Version != "5" || entries[last].Version != "0" {
			t.Fatalf("cut to %d bytes: %d entries, %v", length, len(entries), err)
		}
	}
}

func TestSecrecy(t *testing.T) {
	j, dir, _ := open(t)
	keep(t, j, db, 0, 1)
	for _, path := range files(t, dir) {
		text, err := os.ReadFile(path)
		info, statErr := os.Stat(path)
		if err != nil || statErr != nil || info.Mode().Perm() != 0o600 {
			t.Error(path, err, statErr, info.Mode())
		}
		if strings.Contains(string(text)+path, "password") || strings.Contains(string(text)+path, "db-a1B2c3") {
			t.Errorf("%s tells what it is about", path)
		}
	}
	stranger, err := keyring.CreateLocal(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(dir, stranger).Entries(ctx, db); err == nil {
		t.Error("another root key opens the journal")
	}
}

func files(t *testing.T, dir string) (out []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		t.Fatal(out, err)
	}
	return out
}
