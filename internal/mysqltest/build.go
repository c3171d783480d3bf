package mysqltest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// inputs are what the program is made of; go.sum holds all the rest.
var inputs = []string{"main.go", "go.mod", "go.sum"}

// program gives the path of the server's program. It is built once for each state
// of tools/mysqlserver, which has a module of its own, and kept in the user's cache.
func program(ctx context.Context) (string, error) {
	source, err := folder(ctx)
	if err != nil {
		return "", err
	}
	state, err := stateOf(source)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("mysqltest: no folder to keep the server in: %w", err)
	}
	program := filepath.Join(cache, "alberti", "mysqlserver-"+state)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(filepath.Dir(program), "build-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	built := filepath.Join(dir, "mysqlserver")
	if err := build(ctx, source, built); err != nil {
		return "", err
	}
	return program, os.Rename(built, program)
}

// folder is tools/mysqlserver, wherever below the module's root we are.
func folder(ctx context.Context) (string, error) {
	root, err := run(exec.CommandContext(ctx, "go", "env", "GOMOD"))
	return filepath.Join(filepath.Dir(strings.TrimSpace(root)), "tools", "mysqlserver"), err
}

func stateOf(source string) (string, error) {
	sum := sha256.New()
	for _, name := range inputs {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8]), nil
}

// build needs no C compiler: the server's regular expressions come as WebAssembly.
func build(ctx context.Context, source, to string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-C", source, "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", to, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	_, err := run(cmd)
	return err
}

func run(cmd *exec.Cmd) (string, error) {
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("mysqltest: %v: %w\n%s", cmd.Args, err, said.String())
	}
	return string(out), nil
}
