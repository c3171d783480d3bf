// Package e2e_test drives the real binary from outside: as a process, over HTTP,
// with the AWS SDK and CLI, against a real PostgreSQL, and with real kill -9.
package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/alberti-dev/alberti/internal/pgtest"
)

// The binaries that the tests run.
var (
	program    string // as it is shipped
	killable   string // kills itself where ALBERTI_FAILPOINT says
	workplace  string // of the functions of all servers: as root these run as other users, who get in here
	postgresql func() (*pgtest.Server, error)
)

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	// The tests mostly wait, for processes and for disks: more of them than there
	// are processors.
	if !given("test.parallel") {
		flag.Set("test.parallel", "6")
	}
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); foreign(name) {
			os.Unsetenv(name) // nobody's own account, server or settings
		}
	}
	dir, err := os.MkdirTemp("", "alberti-e2e-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(dir)
	if workplace, err = os.MkdirTemp("", "alberti-e2e-functions-"); err != nil {
		return fail(err)
	}
	defer os.RemoveAll(workplace)
	if err := os.Chmod(workplace, 0o711); err != nil {
		return fail(err)
	}
	if program, err = build(dir, "alberti", "cmd/alberti"); err != nil {
		return fail(err)
	}
	if killable, err = build(dir, "alberti-killable", "cmd/alberti", "-tags", "failpoint"); err != nil {
		return fail(err)
	}
	var started *pgtest.Server
	postgresql = sync.OnceValues(func() (_ *pgtest.Server, err error) {
		started, err = pgtest.Start(context.Background(), pgtest.Options{NoSync: true, Settings: map[string]string{
			"max_connections": "300", "log_statement": "all",
		}})
		return started, err
	})
	defer func() {
		if started != nil {
			started.Stop()
		}
	}()
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "e2e:", err)
	return 1
}

func given(name string) (found bool) {
	flag.Visit(func(f *flag.Flag) { found = found || f.Name == name })
	return found
}

// foreign tells whether a variable of the environment would change what the
// programs under test do.
func foreign(name string) bool {
	for _, prefix := range []string{"AWS_", "ALBERTI_", "PG"} {
		if strings.HasPrefix(name, prefix) && name != seedVariable {
			return true
		}
	}
	return false
}

// build makes a program of ours, under a name in a folder.
func build(dir, name, of string, flags ...string) (string, error) {
	path := filepath.Join(dir, name)
	cmd := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), "../../"+of)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}
