package e2e_test

import (
	"bytes"
	"crypto/rand"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestRefusesToStart: what cannot be opened is one clear line and exit 1, and
// nothing is changed, so that the right key or program still finds everything.
func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, s *server)
		says  string
	}{
		{"wrong root key", func(t *testing.T, s *server) { s.replaceRootKey(otherKey(t)) }, "wrong root key"},
		{"missing root key", func(t *testing.T, s *server) { s.replaceRootKey(nil) }, "is missing"},
		{"root key cut short", func(t *testing.T, s *server) { s.replaceRootKey([]byte("short")) }, "root key"},
		{"newer schema", func(t *testing.T, s *server) {
			s.edit("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)")
		}, "use a newer alberti"},
		{"no database", func(t *testing.T, s *server) { s.replaceStore(t, []byte(strings.Repeat("not a database ", 1000))) }, "not a database"},
		{"database is a directory", func(t *testing.T, s *server) { s.replaceStore(t, nil) }, "store: "},
		{"audit is a file", func(t *testing.T, s *server) { replace(t, filepath.Join(s.Data, "audit"), []byte("x")) }, "audit: "},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, "--root-key", filepath.Join(t.TempDir(), "root.key"))
			s.Start()
			create(t, s.Client(), "precious", "value")
			s.Stop()
			c.spoil(t, s)
			before := s.files()
			s.Run("serve", "--listen", "127.0.0.1:0", "--root-key", s.rootKey()).refused(t, 1, c.says)
			after := s.files()
			for name, text := range before {
				if !bytes.Equal(after[name], text) {
					t.Errorf("%s has changed", name)
				}
			}
		})
	}
}

// TestJournalThatCannotBeKept: the start is refused, not the first rotation.
func TestJournalThatCannotBeKept(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	replace(t, file, []byte("x"))
	newServer(t).Run("serve", "--listen", "127.0.0.1:0", "--journal", filepath.Join(file, "journal")).refused(t, 1, "journal: mkdir "+file)
}

// TestRefusalKeepsWhatWasKilled: neither does a wrong key harm a store that a
// killed server left in the middle of everything.
func TestRefusalKeepsWhatWasKilled(t *testing.T) {
	t.Parallel()
	s := newServer(t, "--root-key", filepath.Join(t.TempDir(), "root.key"))
	s.Start()
	create(t, s.Client(), "precious", "value")
	s.Kill()
	database := filepath.Join(s.Data, "alberti.db")
	before := content(t, database)
	s.Run("serve", "--listen", "127.0.0.1:0", "--root-key", filepath.Join(t.TempDir(), "none")).refused(t, 1, "put it back")
	wrong := filepath.Join(t.TempDir(), "wrong.key")
	replace(t, wrong, otherKey(t))
	s.Run("serve", "--listen", "127.0.0.1:0", "--root-key", wrong).refused(t, 1, "wrong root key")
	if after := content(t, database); after != before {
		t.Errorf("the store has changed:\n%s\nbefore:\n%s", after, before)
	}
	s.Start()
	if got := value(t, s.Client(), "precious"); got != "value" {
		t.Errorf("got %q", got)
	}
}

// TestUnreachableStore: the line names the cause, and never the password.
func TestUnreachableStore(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	p.Down()
	password, pg := rand.Text(), administrator(t)
	for store, refusal := range map[string]struct {
		exit int
		says string
	}{
		"postgres://me:" + password + "@" + p.Address() + "/db":                                                {1, "connection refused"},
		"postgres://nobody:" + password + "@" + net.JoinHostPort(pg.Host, strconv.Itoa(pg.Port)) + "/postgres": {1, "nobody"},
		"postgres://me:" + password + "@[nowhere/db":                                                           {2, "--store: "},
		"postgres://me:" + password + "@host:port/db":                                                          {2, "--store: "},
	} {
		s := newServer(t)
		r := s.Run("serve", "--listen", "127.0.0.1:0", "--store", store)
		r.refused(t, refusal.exit, refusal.says)
		if strings.Contains(r.stderr, password) {
			t.Errorf("the password is told: %s", r.stderr)
		}
	}
}

// TestNotWritable: a data directory that cannot be made.
func TestNotWritable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	replace(t, file, []byte("x"))
	runProgram(t, nil, "serve", "--listen", "127.0.0.1:0", "--data", filepath.Join(file, "data")).refused(t, 1, "data directory")
}

// TestNoServer: the programs for operators say it when there is none.
func TestNoServer(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, args := range []string{"env", "rotation list", "rotation show x"} {
		runProgram(t, nil, append(strings.Fields(args), "--data", empty)...).refused(t, 1, "no server has run here")
	}
	s := serve(t)
	s.Run("rotation", "show", "nothing").refused(t, 1, "ResourceNotFoundException: Secrets Manager can't find the specified secret.")
	create(t, s.Client(), "still", "x")
	s.Run("rotation", "retry", "still").refused(t, 1, "no rotation that waits")
	s.Stop()
	s.Run("rotation", "list").refused(t, 1, "no answer from "+s.URL)
}

// rootKey is where --root-key says.
func (s *server) rootKey() string { return s.Args[1] }

func (s *server) replaceRootKey(text []byte) {
	s.t.Helper()
	replace(s.t, s.rootKey(), text)
}

// replaceStore puts a text, or a directory for nil, where the database was.
func (s *server) replaceStore(t *testing.T, text []byte) {
	t.Helper()
	path := filepath.Join(s.Data, "alberti.db")
	replace(t, path+"-wal", nil)
	replace(t, path+"-shm", nil)
	replace(t, path, text)
	if text == nil {
		if err := os.Mkdir(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// otherKey is the root key of another server.
func otherKey(t *testing.T) []byte {
	t.Helper()
	s := serve(t)
	s.Stop()
	text, err := os.ReadFile(filepath.Join(s.Data, "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// replace puts a file in place of what is there; nil for none.
func replace(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	if text == nil {
		return
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// files reads all that is in the data directory, and the database as what it
// holds.
func (s *server) files() map[string][]byte {
	s.t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(s.Data, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir(), name == "alberti.db-wal", name == "alberti.db-shm":
			return nil
		}
		text, err := os.ReadFile(path)
		if bytes.HasPrefix(text, []byte("SQLite format 3\x00")) {
			text = []byte(content(s.t, path))
		}
		all[name] = text
		return err
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}
