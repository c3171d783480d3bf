package environment

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// interpreter is what the host has to run a family of runtimes.
type interpreter struct {
	family   string
	path     string
	version  string
	prefixes []string // folders that it needs, outside /usr
}

// label names what runs a function, for its log.
func (i interpreter) label(runtime string) string {
	if i.family == provided {
		return runtime
	}
	return i.family + ":" + i.version + " for " + runtime
}

// probes have an interpreter tell its path, its version, and its folders.
var probes = map[string][]string{
	python: {"-c", `import sys; print(sys.executable, sys.version.split()[0], sys.prefix, sys.base_prefix, sep="\n")`},
	node:   {"-p", `[process.execPath, process.versions.node, require("path").dirname(require("path").dirname(process.execPath))].join("\n")`},
}

// probeLimit is how long an interpreter may take to tell.
const probeLimit = 20 * time.Second

// interpreters finds interpreters, and keeps what it found.
type interpreters struct {
	folders  []string
	launcher *launcher
	user     user

	mu    sync.Mutex
	found map[string]interpreter // by path
}

// interpreter finds what runs a runtime: an interpreter of just its version, or
// else one that goes by the family's name.
func (h *host) interpreter(ctx context.Context, runtime string) (interpreter, error) {
	var names []string
	switch runtimeFamily(runtime) {
	case provided:
		return interpreter{family: provided}, nil
	case python:
		names = []string{runtime, "python3"}
	case node:
		names = []string{"node" + strings.TrimSuffix(strings.TrimPrefix(runtime, "nodejs"), ".x"), "node", "nodejs"}
	default:
		return interpreter{}, fault.New(fault.InvalidRuntime,
			"The runtime %s cannot be run here: functions run on python3.x, nodejs and provided.al2 or provided.al2023", runtime)
	}
	for _, name := range names {
		for _, folder := range h.interpreters.folders {
			if i, ok := h.interpreters.ask(ctx, runtimeFamily(runtime), filepath.Join(folder, name)); ok {
				return i, nil
			}
		}
	}
	return interpreter{}, fault.New(fault.InvalidRuntime,
		"The runtime %s cannot be run here: this host has none of %s that a function may run, in %s",
		runtime, strings.Join(names, ", "), strings.Join(h.interpreters.folders, ", "))
}

// ask has an interpreter tell about itself, as the user that functions run as:
// what that one cannot run is none.
func (i *interpreters) ask(ctx context.Context, family, path string) (interpreter, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if known, ok := i.found[path]; ok {
		return known, true
	}
	if _, err := os.Stat(path); err != nil {
		return interpreter{}, false
	}
	ctx, end := context.WithTimeout(ctx, probeLimit)
	defer end()
	said, err := run(ctx, i.launcher, i.user, append([]string{path}, probes[family]...))
	line := strings.Split(strings.TrimSpace(said), "\n")
	if err != nil || len(line) < 3 {
		return interpreter{}, false
	}
	told := interpreter{family: family, path: line[0], version: line[1], prefixes: outsideUsr(line[2:])}
	i.found[path] = told
	return told, true
}

// outsideUsr leaves the folders out that every function sees anyway.
func outsideUsr(folders []string) (rest []string) {
	for _, f := range folders {
		if f != "/" && f != "/usr" && !strings.HasPrefix(f, "/usr/") && !slices.Contains(rest, f) {
			rest = append(rest, f)
		}
	}
	return rest
}

// run gives what a short program prints. It runs as a function would: nothing of
// ours is in its environment.
func run(ctx context.Context, l *launcher, u user, args []string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.SysProcAttr = []string{"PATH=/usr/bin:/bin", "LANG=C.UTF-8"}, "/", &out, attributes(u)
	if err := l.start(cmd); err != nil {
		return "", err
	}
	err := cmd.Wait()
	return out.String(), err
}
