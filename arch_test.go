// Package alberti_test holds the rules of the house over all its packages.
package alberti_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/alberti-dev/alberti"

// imports says which packages of ours each package may import; imports point
// down. A name that ends in /* is every package below it; * alone is every
// package but cmd and internal. Tests may import what they like.
var imports = map[string][]string{
	// 0: pure, or near it
	"fault":     {},
	"policy":    {},
	"httpd":     {},
	"jsonwrite": {},
	"audit":     {"jsonwrite"},
	"schedule":  {"fault"},
	"secret":    {"schedule", "fault"},
	"sigv4":     {"fault"},
	"iam":       {"policy", "fault"},
	"testclock": {},
	"function":  {"secret", "fault"},

	"rotation/contract": {"secret"},

	// 1
	"store":    {"secret", "function", "iam", "audit", "fault"},
	"keyring":  {"fault", "secret"},
	"awsjson":  {"fault", "jsonwrite"},
	"awsquery": {"awsjson", "fault"},
	"restjson": {"awsjson", "fault", "jsonwrite"},
	"door":     {"iam", "audit", "awsjson", "fault", "store"},

	// 2: these meet in the store only
	"secretsmanager": {"door", "secret", "schedule", "policy", "fault", "iam", "store", "keyring", "awsjson", "audit", "jsonwrite"},
	"identity":       {"door", "policy", "fault", "iam", "store", "awsjson", "awsquery", "audit"},
	"journal":        {"keyring", "secret"},
	"logs":           {"door", "secret", "fault", "iam", "store", "keyring", "awsjson", "audit"},
	"rotation":       {"rotation/contract", "secret", "store", "audit", "journal"},
	"replication":    {"secret", "store", "keyring", "audit", "fault"},
	"lambda":         {"door", "function", "secret", "policy", "fault", "iam", "store", "keyring", "awsjson", "restjson", "audit", "jsonwrite"},

	// 3
	// Rotators are linked into functions of users' own too: they have nothing of the
	// server. Engines never import each other.
	"rotator":            {"rotation/contract", "secret", "fault"},
	"rotator/*":          {"rotator", "rotator/internal/*", "rotation/contract", "secret", "fault"},
	"lambda/environment": {"fault"}, // knows nothing of the store or the API
	"lambda/remote":      {"sigv4", "fault"},
	"keyring/*":          {"keyring", "fault"},
	"authoring":          {}, // its templates are programs of users'
	"authoring/bundle":   {},
	"authoring/api":      {"sigv4"},                                       // the API's client
	"authoring/trial":    {"authoring/api", "authoring/bundle", "secret"}, // speaks the API only
	"console":            {},                                              // speaks the API only
	"agent":              {},                                              // speaks the API only

	// 4
	"authoring/*": {"rotator", "rotator/*", "rotation/contract", "secret"}, // as users' own functions
	"app":         {"*"},
	"cmd/alberti": {"app", "authoring", "authoring/api", "authoring/bundle", "authoring/trial", "lambda/environment", "schedule", "sigv4", "fault"},
	"albertitest": {"app", "internal/*"},
	"internal/*":  {"*", "internal/*", "cmd/*"},
}

var (
	// pure packages touch no network, system or database.
	pure = []string{"secret", "function", "schedule", "policy", "fault", "testclock", "rotation/contract"}

	// drivers of SQL databases, and the packages that may import them.
	drivers      = []string{"modernc.org/sqlite", "zombiezen.com/go/sqlite", "github.com/jackc/pgx", "github.com/go-sql-driver/mysql", "github.com/microsoft/go-mssqldb", "github.com/sijms/go-ora"}
	driversUsers = []string{"store", "rotator/postgres", "rotator/mysql", "rotator/sqlserver", "rotator/oracle", "rotator/redshift", "rotator/internal/*", "internal/*"}

	// goers may start goroutines; each has an owner who waits for it.
	goers = []string{"app", "httpd", "rotation", "store", "lambda", "lambda/environment", "rotator/postgres", "cmd/alberti", "albertitest", "internal/*"}
)

// maxLines of a Go file.
const maxLines = 450

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		allowed, known := rule(p.name)
		if !known {
			t.Errorf("package %s has no rule: add it, with the packages of ours that it may import, "+
				"to the map imports in arch_test.go", p.name)
			continue
		}
		for _, imported := range p.Imports {
			if name, ours := strings.CutPrefix(imported, module+"/"); ours && !matches(name, allowed) {
				t.Errorf("%s imports %s, but may import only %q of ours (arch_test.go)", p.name, name, allowed)
			}
		}
	}
}

func TestPurePackages(t *testing.T) {
	for _, p := range packages(t) {
		if !slices.Contains(pure, p.name) {
			continue
		}
		for _, imported := range p.Imports {
			root, _, _ := strings.Cut(imported, "/")
			// net/netip parses addresses and opens nothing.
			if slices.Contains([]string{"net", "os", "database"}, root) && imported != "net/netip" {
				t.Errorf("%s imports %s, but must stay pure", p.name, imported)
			}
		}
	}
}

func TestDriversStayInAdapters(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			driver := slices.ContainsFunc(drivers, func(d string) bool {
				return imported == d || strings.HasPrefix(imported, d+"/")
			})
			if driver && !matches(p.name, driversUsers) {
				t.Errorf("%s imports %s, but only %q import database drivers", p.name, imported, driversUsers)
			}
		}
	}
}

func TestSource(t *testing.T) {
	for _, f := range sources(t) {
		if f.lines > maxLines {
			t.Errorf("%s has %d lines, more than %d: it has more than one subject", f.name, f.lines, maxLines)
		}
		mayGo := f.isTest() || matches(path.Dir(f.name), goers)
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			if text := complaint(n, f.isTest(), mayGo); text != "" {
				t.Errorf("%s:%d: %s", f.name, f.files.Position(n.Pos()).Line, text)
			}
			return true
		})
	}
}

// complaint says what is wrong with a piece of source, if anything.
func complaint(n ast.Node, isTest, mayGo bool) string {
	switch n := n.(type) {
	case *ast.FuncDecl:
		if n.Recv == nil && n.Name.Name == "init" {
			return "init() hides what runs: call it by name"
		}
	case *ast.GoStmt:
		if !mayGo {
			return "only " + strings.Join(goers, ", ") + " start goroutines"
		}
	case *ast.SelectorExpr:
		x, ok := n.X.(*ast.Ident)
		switch {
		case !ok || !isTest:
		case x.Name == "time" && n.Sel.Name == "Sleep":
			return "tests never sleep: wait for the event, or use testing/synctest"
		case slices.Contains([]string{"t", "b", "f", "tb"}, x.Name) && strings.HasPrefix(n.Sel.Name, "Skip"):
			return "tests are never skipped: install what is missing in script/install-deps"
		}
	}
	return ""
}

// TestComplaints checks that TestSource can fail.
func TestComplaints(t *testing.T) {
	const source = `package p
		import ("testing"; "time")
		func init() { go func() {}() }
		func f(t *testing.T) { time.Sleep(1); t.Skipf("") }`
	syntax, err := parser.ParseFile(token.NewFileSet(), "p_test.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	count := func(isTest, mayGo bool) (n int) {
		ast.Inspect(syntax, func(node ast.Node) bool {
			if complaint(node, isTest, mayGo) != "" {
				n++
			}
			return true
		})
		return n
	}
	for _, c := range []struct {
		isTest, mayGo bool
		want          int
	}{{true, true, 3}, {false, true, 1}, {false, false, 2}} {
		if n := count(c.isTest, c.mayGo); n != c.want {
			t.Errorf("test %v, may go %v: %d complaints, want %d", c.isTest, c.mayGo, n, c.want)
		}
	}
}

func TestMatches(t *testing.T) {
	for _, c := range []struct {
		name     string
		patterns []string
		want     bool
	}{
		{"store", []string{"secret", "store"}, true},
		{"store", []string{"secret", "internal/*"}, false},
		{"internal/e2e", []string{"internal/*"}, true},
		{"rotator", []string{"rotator/*"}, false},
		{"store", []string{"*"}, true},
		{"internal/e2e", []string{"*"}, false},
		{"cmd/alberti", []string{"*"}, false},
	} {
		if got := matches(c.name, c.patterns); got != c.want {
			t.Errorf("%s in %q: %v", c.name, c.patterns, got)
		}
	}
}

// rule finds what a package may import.
func rule(name string) (allowed []string, known bool) {
	if allowed, known = imports[name]; known {
		return allowed, true
	}
	root, _, _ := strings.Cut(name, "/")
	allowed, known = imports[root+"/*"]
	return allowed, known && root != name
}

// matches reports whether a package is named by one of the patterns.
func matches(name string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if pattern == "*" {
			return !strings.HasPrefix(name, "cmd/") && !strings.HasPrefix(name, "internal/")
		}
		root, below := strings.CutSuffix(pattern, "*")
		return name == pattern || below && strings.HasPrefix(name, root)
	})
}

// pkg is what go list tells of a package.
type pkg struct {
	name       string // below the module
	ImportPath string
	Imports    []string
}

// packages lists the packages below the module's root.
func packages(t *testing.T) []pkg {
	t.Helper()
	var stderr bytes.Buffer
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Imports", "./...")
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var all []pkg
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		if name, below := strings.CutPrefix(p.ImportPath, module+"/"); below {
			p.name = name
			all = append(all, p)
		}
	}
}

// file is one Go file of the module.
type file struct {
	name   string // below the root of the module
	lines  int
	files  *token.FileSet
	syntax *ast.File
}

func (f file) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// sources parses all Go files of the module.
func sources(t *testing.T) []file {
	t.Helper()
	var all []file
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "bin" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		f := file{name: filepath.ToSlash(name), files: token.NewFileSet()}
		f.syntax, err = parser.ParseFile(f.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f.lines = f.files.File(f.syntax.FileStart).LineCount()
		all = append(all, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
