// Package testbuild builds programs that tests need and that are modules of their
// own, in folders of tools, so that ours needs nothing of theirs.
package testbuild

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Program gives the path of a program. It is built once under its name, which says
// what it was made of, and kept in the user's cache. Build writes the program to a
// path in a folder of its own, which it may use.
func Program(name string, build func(to string) error) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep %s in: %w", name, err)
	}
	program := filepath.Join(cache, "alberti", name)
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
	built := filepath.Join(dir, "program")
	if err := build(built); err != nil {
		return "", err
	}
	return program, os.Rename(built, program)
}

// Folder is a folder of tools, wherever below the module's root we are.
func Folder(ctx context.Context, name string) (string, error) {
	root, err := Run(exec.CommandContext(ctx, "go", "env", "GOMOD"))
	return filepath.Join(filepath.Dir(strings.TrimSpace(string(root))), "tools", name), err
}

// Run gives what a command prints; its error has what the command said.
func Run(cmd *exec.Cmd) ([]byte, error) {
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", cmd.Args, err, said.String())
	}
	return out, nil
}
