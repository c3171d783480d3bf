package authoring_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/authoring"
)

// write writes a function into a folder of the test's.
func write(t *testing.T, runtime, engine string) (dir string) {
	t.Helper()
	f, err := authoring.Find(runtime, engine)
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "my function")
	names, err := f.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(names, "README.md") {
		t.Errorf("files: %v", names)
	}
	return dir
}

// run runs a program in a folder, with nothing of ours in its environment.
func run(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %v\n%s", args, err, out)
	}
}

// TestTheirOwnTests has every function pass the tests that it comes with.
func TestTheirOwnTests(t *testing.T) {
	t.Parallel()
	for _, engine := range authoring.Engines() {
		t.Run("python "+engine, func(t *testing.T) {
			t.Parallel()
			dir := write(t, "python", engine)
			run(t, dir, "python3", "-W", "error", "-m", "compileall", "-q", ".")
			run(t, dir, "python3", "-W", "error", "-m", "unittest")
		})
		t.Run("nodejs "+engine, func(t *testing.T) {
			t.Parallel()
			run(t, installed(t, write(t, "nodejs", engine)), "npm", "test")
		})
	}
	// Those in Go are packages of ours, whose tests run where they lie: one that is
	// taken away stands for all.
	t.Run("go", func(t *testing.T) {
		t.Parallel()
		run(t, tidied(t, write(t, "go", "http")), "go", "test", ".")
	})
}

// nodeModules is where script/install-deps puts what functions for Node need.
const nodeModules = "/var/tmp/alberti-servers/node-functions/node_modules"

// installed is npm install, without the network.
func installed(t *testing.T, dir string) string {
	t.Helper()
	if _, err := os.Stat(nodeModules); err != nil {
		t.Fatalf("%v: install what is missing, as script/install-deps does", err)
	}
	if err := os.Symlink(nodeModules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// tidied is go mod tidy, with this very module in the place of a published one.
func tidied(t *testing.T, dir string) string {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.sum"), sums, 0o644); err != nil {
		t.Fatal(err)
	}
	const module = "github.com/alberti-dev/alberti"
	run(t, dir, "go", "mod", "edit", "-require="+module+"@v0.0.0", "-replace="+module+"="+root)
	run(t, dir, "go", "mod", "tidy")
	return dir
}

// TestREADMEs wants every README to be filled in, and the policies in it to be
// JSON.
func TestREADMEs(t *testing.T) {
	t.Parallel()
	policies := regexp.MustCompile(`(?s)-document '(.*?\})'\n`)
	for _, runtime := range authoring.Runtimes() {
		for _, engine := range authoring.Engines() {
			text, err := os.ReadFile(filepath.Join(write(t, runtime, engine), "README.md"))
			if err != nil {
				t.Fatal(err)
			}
			readme := string(text)
			found := policies.FindAllStringSubmatch(readme, -1)
			if len(found) != 2 || strings.Contains(readme, "{{") || strings.Contains(readme, "\n\n\n") ||
				!strings.Contains(readme, "--function-name my-function --role") {
				t.Errorf("%s %s:\n%s", runtime, engine, readme)
			}
			for _, p := range found {
				if !json.Valid([]byte(strings.ReplaceAll(p[1], `'$SECRET'`, "arn"))) {
					t.Errorf("%s %s: not JSON: %s", runtime, engine, p[1])
				}
			}
		}
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	if f, err := authoring.Find("python", "mariadb"); err != nil || f.Engine != "mysql" {
		t.Errorf("mariadb: %v, %v", f, err)
	}
	for _, c := range []struct{ runtime, engine, want string }{
		{"cobol", "postgres", `there is no runtime "cobol"; there are go, nodejs, python`},
		{"go", "dbase", `there is no engine "dbase"; there are generic, http, mysql, postgres`},
		{"go", "common", `there is no engine "common"; there are generic, http, mysql, postgres`},
	} {
		if _, err := authoring.Find(c.runtime, c.engine); err == nil || err.Error() != c.want {
			t.Errorf("%s %s: %v", c.runtime, c.engine, err)
		}
	}
}

// TestSameEngines wants every runtime to have every engine.
func TestSameEngines(t *testing.T) {
	t.Parallel()
	for _, runtime := range authoring.Runtimes() {
		entries, err := os.ReadDir(filepath.Join("templates", runtime))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			if e.Name() != "common" {
				names = append(names, e.Name())
			}
		}
		if !slices.Equal(names, authoring.Engines()) {
			t.Errorf("%s has %v", runtime, names)
		}
	}
}

// TestWriteSpares does not touch a folder in which there is something.
func TestWriteSpares(t *testing.T) {
	t.Parallel()
	f, err := authoring.Find("python", "generic")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rotation.py"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(dir); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Errorf("a folder with a file: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("there are %d files now", len(entries))
	}
	empty := t.TempDir()
	if _, err := f.Write(empty); err != nil {
		t.Errorf("an empty folder: %v", err)
	}
}
