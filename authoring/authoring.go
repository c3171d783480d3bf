// Package authoring writes rotation functions for people to start from: small and
// complete ones, each with its tests, that run on AWS Lambda as they do here. What
// it writes are real files below templates, which our own tests run.
package authoring

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// templates has README.md.tmpl for all; below each runtime's name, common for all
// of its functions; and beside that a folder for each engine.
//
//go:embed templates
var templates embed.FS

const (
	root   = "templates"
	common = "common"

	// filled ends the name of a file that is a text/template.
	filled = ".tmpl"
)

// Function is a kind of function that can be written.
type Function struct {
	Runtime string // python, nodejs or go
	Engine  string
}

// Find gives the function for a runtime and an engine. The error for one that there
// is not lists those that there are.
func Find(runtime, engine string) (Function, error) {
	if runtimes := Runtimes(); !slices.Contains(runtimes, runtime) {
		return Function{}, fmt.Errorf("there is no runtime %q; there are %s", runtime, strings.Join(runtimes, ", "))
	}
	if engine == "mariadb" {
		engine = "mysql" // it speaks to both
	}
	if engines := Engines(); !slices.Contains(engines, engine) {
		return Function{}, fmt.Errorf("there is no engine %q; there are %s", engine, strings.Join(engines, ", "))
	}
	return Function{runtime, engine}, nil
}

// Runtimes are those that functions can be written for.
func Runtimes() []string { return folders(root) }

// Engines are the kinds of targets that functions can be written for, in every
// runtime.
func Engines() []string {
	return slices.DeleteFunc(folders(path.Join(root, Runtimes()[0])), func(name string) bool { return name == common })
}

func folders(name string) (out []string) {
	entries, err := templates.ReadDir(name)
	if err != nil {
		panic(err) // it was embedded
	}
	for _, e := range entries {
		if e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out
}

// Write writes the function to a folder, which it makes; one that exists must be
// empty. It gives the names of the files.
func (f Function) Write(dir string) (names []string, err error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	files, err := f.files(functionName(filepath.Base(absolute)))
	if err != nil {
		return nil, err
	}
	if err := makeEmpty(dir); err != nil {
		return nil, err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// makeEmpty makes a folder, and refuses one in which there is something.
func makeEmpty(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: name a folder that is, or that does not exist yet", dir)
	}
	return nil
}

// facts are what the templates are filled with.
type facts struct {
	Function
	Name string // of the function on the server
}

// files are the names and contents of the function's files.
func (f Function) files(name string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, folder := range []string{".", path.Join(f.Runtime, common), path.Join(f.Runtime, f.Engine)} {
		entries, err := templates.ReadDir(path.Join(root, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // a runtime may have nothing in common
			return nil, err
		}
		for _, e := range entries {
			if e.IsDir() {
				continue
			}
			text, err := templates.ReadFile(path.Join(root, folder, e.Name()))
			if err != nil {
				return nil, err
			}
			to, isTemplate := strings.CutSuffix(e.Name(), filled)
			if isTemplate {
				if text, err = fill(e.Name(), text, facts{f, name}); err != nil {
					return nil, err
				}
			}
			out[to] = text
		}
	}
	return out, nil
}

func fill(name string, text []byte, with facts) ([]byte, error) {
	t, err := template.New(name).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, with)
	return out.Bytes(), err
}

// functionName makes the name of a folder one that Lambda takes for a function
// (lambda.md, 2.1): letters, digits, hyphens and underscores, 64 at most.
func functionName(folder string) string {
	name := strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return r
		}
		return '-'
	}, folder)
	name = strings.Trim(name[:min(len(name), 64)], "-")
	if name == "" {
		return "rotation-function"
	}
	return name
}
