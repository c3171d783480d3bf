package bundle_test

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/authoring/bundle"
)

// folder writes files, and gives where.
func folder(t *testing.T, files ...string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "my [function]")
	for _, name := range files {
		write(t, filepath.Join(dir, name), "content")
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRecognised(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		files                              string
		runtime, handler                   string // asked for
		wantRuntime, wantHandler, wantFail string
	}{
		{"lambda_function.py", "", "", "python3.12", "lambda_function.lambda_handler", ""},
		{"a.py", "python3.11", "a.run", "python3.11", "a.run", ""},
		{"index.mjs package.json", "", "", "nodejs22.x", "index.handler", ""},
		{"index.mjs helper.py", "", "", "nodejs22.x", "index.handler", ""},
		{"index.mjs helper.py", "python", "", "python3.12", "lambda_function.lambda_handler", ""},
		{"index.js", "nodejs20.x", "", "nodejs20.x", "index.handler", ""},
		{"bootstrap lib.py", "", "", "provided.al2023", "bootstrap", ""},
		{"bootstrap", "provided.al2", "", "provided.al2", "bootstrap", ""},
		{"README.md", "", "", "", "", "has no function: no *.py, *.mjs, *.js, go.mod or bootstrap"},
		{"index.mjs", "go", "", "", "", "for the runtime go"},
		{"index.mjs", "cobol", "", "", "", `there is no runtime "cobol"; there are python3.x`},
	} {
		b, err := bundle.Make(t.Context(), folder(t, strings.Fields(c.files)...), c.runtime, c.handler)
		if c.wantFail != "" {
			if err == nil || !strings.Contains(err.Error(), c.wantFail) {
				t.Errorf("%s as %q: %v, want %s", c.files, c.runtime, err, c.wantFail)
			}
			continue
		}
		if err != nil || b.Runtime != c.wantRuntime || b.Handler != c.wantHandler {
			t.Errorf("%s as %q: %s %s %v", c.files, c.runtime, b.Runtime, b.Handler, err)
		}
	}
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), filepath.Join(folder(t, "a.py"), "a.py")} {
		if _, err := bundle.Make(t.Context(), dir, "", ""); err == nil {
			t.Errorf("%s is no folder", dir)
		}
	}
}

// opened gives a bundle's files, and which of them can be run.
func opened(t *testing.T, dir string) (names, executable []string) {
	t.Helper()
	b, err := bundle.Make(t.Context(), dir, "", "")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b.Zip), int64(len(b.Zip)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		names = append(names, f.Name)
		if f.Mode()&0o111 != 0 {
			executable = append(executable, f.Name)
		}
	}
	slices.Sort(names)
	return names, executable
}

// TestPacked leaves at home what is for people alone, and packs what links lead to.
func TestPacked(t *testing.T) {
	t.Parallel()
	dir := folder(t, "index.mjs", "lib/README.md", "lib/x.test.mjs", "lib/__pycache__/x", "test_all.py", "index.test.mjs", "README.md",
		"tests/a.mjs", ".git/config", ".venv/x.py", "function.zip", ".env.local", "__pycache__/y")
	packages := folder(t, "pg/index.js", "pg/test/a.js")
	for from, to := range map[string]string{
		"node_modules": packages, "lib/up": dir, "lib/nowhere": "nothing", "alias.mjs": "index.mjs",
	} {
		if err := os.Symlink(to, filepath.Join(dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "index.mjs"), 0o755); err != nil {
		t.Fatal(err)
	}
	names, executable := opened(t, dir)
	want := []string{"alias.mjs", "index.mjs", "lib/README.md", "lib/x.test.mjs", "node_modules/pg/index.js", "node_modules/pg/test/a.js"}
	if !slices.Equal(names, want) || !slices.Equal(executable, []string{"alias.mjs", "index.mjs"}) {
		t.Errorf("packed %v, of which can be run %v", names, executable)
	}
}

// TestBuilt builds a Go program, alone, and says what is wrong with one that does
// not build.
func TestBuilt(t *testing.T) {
	t.Parallel()
	dir := folder(t, "bootstrap")
	write(t, filepath.Join(dir, "go.mod"), "module rotate\n\ngo 1.26.0\n")
	write(t, filepath.Join(dir, "main.go"), "package main\n\nfunc main() {}\n")
	if names, executable := opened(t, dir); !slices.Equal(names, []string{"bootstrap"}) || !slices.Equal(executable, names) {
		t.Errorf("packed %v, of which can be run %v", names, executable)
	}
	write(t, filepath.Join(dir, "main.go"), "package main\n\nfunc main() { nothing() }\n")
	if _, err := bundle.Make(t.Context(), dir, "provided.al2023", ""); err == nil || !strings.Contains(err.Error(), "undefined: nothing") {
		t.Errorf("%v", err)
	}
}
