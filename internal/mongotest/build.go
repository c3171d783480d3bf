package mongotest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/alberti-dev/alberti/internal/testbuild"
)

// ferretDB gives the path of the server's program. It is built once for each
// version, from the module that tools/ferretdb names.
func ferretDB(ctx context.Context) (program string, err error) {
	source, err := downloaded(ctx)
	if err == nil {
		program, err = testbuild.Program("ferretdb-"+source.Version, func(to string) error { return build(ctx, source, to) })
	}
	if err != nil {
		return "", fmt.Errorf("mongotest: %w", err)
	}
	return program, nil
}

// module is what go mod download tells of one.
type module struct{ Version, Dir, Error string }

// downloaded fetches the module, held against the checksums in tools/ferretdb.
func downloaded(ctx context.Context) (m module, err error) {
	tools, err := testbuild.Folder(ctx, "ferretdb")
	if err != nil {
		return module{}, err
	}
	out, err := testbuild.Run(exec.CommandContext(ctx, "go", "-C", tools, "mod", "download", "-json", "github.com/FerretDB/FerretDB"))
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
func build(ctx context.Context, source module, to string) error {
	copied := filepath.Join(filepath.Dir(to), "source")
	if err := os.CopyFS(copied, os.DirFS(source.Dir)); err != nil {
		return err
	}
	version := filepath.Join(copied, "build", "version", "version.txt")
	if err := os.WriteFile(version, []byte(source.Version+"\n"), 0o600); err != nil {
		return err
	}
	_, err := testbuild.Run(exec.CommandContext(ctx, "go", "build", "-C", copied, "-buildvcs=false", "-trimpath", "-ldflags=-s -w",
		"-o", to, "./cmd/ferretdb"))
	return err
}
