package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// invocations is what was measured of the functions of one runtime.
type invocations struct {
	name       string
	warm       map[int]sample  // by connections
	cold, bare []time.Duration // the first invocation of new code; the interpreter's own start
	rss, pss   float64         // bytes of an environment that waits, with and without what it shares
}

// functionConns are the connections that invoke at the same time, each an
// environment of its own.
var functionConns = []int{1, 4}

// functions measures functions that users bring: warm invocations over the API,
// cold starts beside the start of the bare interpreter, and idle environments.
func (b *bench) functions(ctx context.Context) (err error) {
	runtimes, err := leastFunctions()
	if err != nil {
		return err
	}
	b.out.functionsHead(b.colds)
	for _, r := range runtimes {
		i, err := b.functionsOf(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		b.out.functions(i)
	}
	return nil
}

// functionsOf measures one runtime, on a server of its own: all of its environments
// are then of that runtime.
func (b *bench) functionsOf(ctx context.Context, l leastFunction) (i invocations, err error) {
	f, err := b.openFunctions(ctx, l)
	if err != nil {
		return i, err
	}
	defer func() { err = errors.Join(err, f.close()) }()
	i = invocations{name: l.name, warm: map[int]sample{}}
	if err := f.start(ctx, b.colds, &i); err != nil {
		return i, err
	}
	for _, n := range functionConns {
		if i.warm[n], err = f.drive(ctx, n, b.round*time.Duration(b.rounds)); err != nil {
			return i, err
		}
	}
	i.rss, i.pss, err = idleMemory(f.PID)
	return i, err
}

// start measures cold starts, in turn with those of the bare interpreter.
func (f *functions) start(ctx context.Context, n int, i *invocations) error {
	if _, err := f.invoke(ctx); err != nil { // which finds the interpreter
		return err
	}
	for k := range n {
		if err := f.change(ctx, k); err != nil {
			return err
		}
		took, err := f.invoke(ctx)
		if err != nil {
			return err
		}
		i.cold = append(i.cold, took)
		if f.least.bare == nil {
			continue
		}
		began := time.Now()
		if out, err := exec.CommandContext(ctx, f.least.bare[0], f.least.bare[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", f.least.bare, err, out)
		}
		i.bare = append(i.bare, time.Since(began))
	}
	return nil
}

// leastFunction is a function that answers its event, and how its interpreter is
// started with what a function cannot do without; nil for none.
type leastFunction struct {
	name, runtime, file, text string
	bare                      []string
}

func leastFunctions() ([]leastFunction, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(filepath.Join(filepath.Dir(self), "bench-bootstrap"))
	if err != nil {
		return nil, fmt.Errorf("%w: make bench builds it", err)
	}
	return []leastFunction{
		{"Python", "python3.12", "index.py", "def handler(event, context):\n    return event\n", []string{systems("python3"), "-c", "import json, http.client, logging"}},
		{"Node.js", "nodejs20.x", "index.mjs", "export const handler = async (event) => event;\n", []string{systems("node"), "-e", "require('node:http')"}},
		{"Go", "provided.al2023", "bootstrap", string(program), nil},
	}, nil
}

// systems is the system's own interpreter where there is one, which is the one that
// functions run on: other users than root cannot use root's.
func systems(name string) string {
	if path := filepath.Join("/usr/bin", name); exec.Command(path, "--version").Run() == nil {
		return path
	}
	return name
}
