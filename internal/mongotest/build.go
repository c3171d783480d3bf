package mongotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ferretDB gives the path of the server's program. It is built once for each
// version, from the module that tools/ferretdb names, and kept in the user's cache.
func ferretDB(ctx context.Context) (string, error) {
	source, err := downloaded(ctx)
	if err != nil {
		return "", err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("mongotest: no folder to keep FerretDB in: %w", err)
	}
	program := filepath.Join(cache, "alberti", "ferretdb-"+source.Version)
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
	if err := build(ctx, source, dir); err != nil {
		return "", err
	}
	return program, os.Rename(filepath.Join(dir, "ferretdb"), program)
}

// module is what go mod download tells of one.
type module struct{ Version, Dir, Error string }

// downloaded fetches the module, held against the checksums in tools/ferretdb.
func downloaded(ctx context.Context) (m module, err error) {
	root, err := run(exec.CommandContext(ctx, "go", "env", "GOMOD"))
	if err != nil {
		return module{}, err
	}
	tools := filepath.Join(filepath.Dir(strings.TrimSpace(string(root))), "tools", "ferretdb")
	out, err := run(exec.CommandContext(ctx, "go", "-C", tools, "mod", "download", "-json", "github.com/FerretDB/FerretDB"))
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err == nil && m.Error != "" {
		err = errors.New(m.Error)
	}
	return m, err
}

// build compiles the server in a copy of its source, which is read-only and lacks
// the file without which the program refuses to start.
func build(ctx context.Context, source module, dir string) error {
	copied := filepath.Join(dir, "source")
	if err := os.CopyFS(copied, os.DirFS(source.Dir)); err != nil {
		return err
	}
	version := filepath.Join(copied, "build", "version", "version.txt")
	if err := os.WriteFile(version, []byte(source.Version+"\n"), 0o600); err != nil {
		return err
	}
	_, err := run(exec.CommandContext(ctx, "go", "build", "-C", copied, "-buildvcs=false", "-trimpath", "-ldflags=-s -w",
		"-o", filepath.Join(dir, "ferretdb"), "./cmd/ferretdb"))
	return err
}

func run(cmd *exec.Cmd) ([]byte, error) {
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("mongotest: %v: %w\n%s", cmd.Args, err, said.String())
	}
	return out, nil
}
