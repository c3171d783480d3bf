package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFunctionNew writes a function, and refuses what it cannot write.
func TestFunctionNew(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "rotate-app")
	alberti := func(args ...string) result {
		return runProgram(t, nil, append([]string{"function", "new"}, args...)...)
	}

	said := alberti("--runtime", "nodejs", "--engine", "postgres", dir).ok(t)
	for _, line := range strings.Split(strings.TrimSpace(said), "\n") {
		name := strings.TrimPrefix(line, "see ")
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	if !strings.Contains(said, filepath.Join(dir, "rotation.test.mjs")) {
		t.Errorf("it said:\n%s", said)
	}

	alberti("--runtime", "nodejs", "--engine", "postgres", dir).refused(t, 1, "is not empty")
	alberti("--runtime", "cobol", "--engine", "postgres", dir).refused(t, 2, "go, nodejs, python")
	alberti("--runtime", "go", "--engine", "dbase", dir).refused(t, 2, "generic, http, mysql, postgres")
	alberti("--engine", "http", dir).refused(t, 2, "--runtime is missing: go, nodejs, python")
	alberti("--runtime", "go", dir).refused(t, 2, "--engine is missing")
	alberti("--runtime", "go", "--engine", "http").refused(t, 2, "usage: alberti function new")
}
