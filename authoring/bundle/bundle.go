// Package bundle packs the folder in which somebody wrote a function into what
// Lambda takes: a zip, and the runtime and handler that go with it.
package bundle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// Bundle is the code of a function.
type Bundle struct {
	Runtime string // as Lambda names it: python3.12
	Handler string
	Zip     []byte
}

// kind is a way to write functions, as it is found in a folder.
type kind struct {
	name    string // as alberti function new has it
	family  string // what names of its runtimes begin with
	runtime string // unless another is asked for
	handler string // likewise
	marks   []string
}

// kinds are looked for in this order: a folder of a Go module may hold the program
// that was built of it last, and is built again.
var kinds = []kind{
	{"go", "provided.", "provided.al2023", "bootstrap", []string{"go.mod", "*.go"}},
	{"provided", "provided.", "provided.al2023", "bootstrap", []string{"bootstrap"}},
	{"nodejs", "nodejs", "nodejs22.x", "index.handler", []string{"package.json", "*.mjs", "*.cjs", "*.js"}},
	{"python", "python", "python3.12", "lambda_function.lambda_handler", []string{"*.py"}},
}

// Make packs a folder. Runtime is a name of Lambda's, or python, nodejs, go or
// provided; "" finds out by the files, and an empty handler is the usual one of
// the runtime. A Go program is built first, for the system that GOOS and GOARCH
// name, else for this one.
func Make(ctx context.Context, dir, runtime, handler string) (Bundle, error) {
	k, err := kindOf(dir, runtime)
	if err != nil {
		return Bundle{}, err
	}
	b := Bundle{Runtime: k.runtime, Handler: cmp.Or(handler, k.handler)}
	if k.name == "go" {
		b.Zip, err = built(ctx, dir)
	} else {
		b.Zip, err = packed(dir, MaxZip)
	}
	return b, err
}

// kindOf says what is in a folder, which must be what was asked for, if anything.
func kindOf(dir, runtime string) (kind, error) {
	if info, err := os.Stat(dir); err != nil {
		return kind{}, err
	} else if !info.IsDir() {
		return kind{}, fmt.Errorf("%s is not a folder", dir)
	}
	wanted := func(k kind) bool {
		// A version follows the family's name: python3.12, nodejs22.x, provided.al2023.
		return runtime == "" || runtime == k.name || strings.HasPrefix(runtime, k.family)
	}
	if !slices.ContainsFunc(kinds, wanted) {
		return kind{}, fmt.Errorf("there is no runtime %q; there are python3.x, nodejsN.x, provided.al2023, or just python, nodejs, go, provided", runtime)
	}
	for _, k := range kinds {
		found, err := k.in(dir)
		if err != nil {
			return kind{}, err
		}
		if !found || !wanted(k) {
			continue
		}
		if runtime != "" && runtime != k.name {
			k.runtime = runtime
		}
		return k, nil
	}
	return kind{}, errors.New(dir + " has no function: no *.py, *.mjs, *.js, go.mod or bootstrap" + forRuntime(runtime))
}

func forRuntime(runtime string) string {
	if runtime == "" {
		return ""
	}
	return " for the runtime " + runtime
}

// in tells whether a folder has files of this kind.
func (k kind) in(dir string) (bool, error) {
	for _, mark := range k.marks {
		found, err := fs.Glob(os.DirFS(dir), mark)
		if err != nil || len(found) > 0 {
			return len(found) > 0, err
		}
	}
	return false, nil
}
