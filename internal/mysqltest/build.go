package mysqltest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/alberti-dev/alberti/internal/testbuild"
)

// inputs are what the program is made of; go.sum holds all the rest.
var inputs = []string{"main.go", "go.mod", "go.sum"}

// program gives the path of the server's program. It is built once for each state
// of tools/mysqlserver, which has a module of its own.
func program(ctx context.Context) (program string, err error) {
	source, err := testbuild.Folder(ctx, "mysqlserver")
	state := ""
	if err == nil {
		state, err = stateOf(source)
	}
	if err == nil {
		program, err = testbuild.Program("mysqlserver-"+state, func(to string) error { return build(ctx, source, to) })
	}
	if err != nil {
		return "", fmt.Errorf("mysqltest: %w", err)
	}
	return program, nil
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
	_, err := testbuild.Run(cmd)
	return err
}
