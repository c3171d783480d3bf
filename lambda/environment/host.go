package environment

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

//go:embed bootstrap/bootstrap.py bootstrap/bootstrap.mjs
var bootstraps embed.FS

// host is what this machine offers.
type host struct {
	bubblewrap   string // its path, "" where it is missing, not wanted or does not work
	why          string // it is not used
	interpreters *interpreters
	restriction  *restriction
}

// survey finds out what the host offers to a user.
func survey(ctx context.Context, c Config, l *launcher, u user) (host, error) {
	if _, err := run(ctx, l, u, []string{"/bin/sh", "-c", ":"}); err != nil {
		return host{}, fault.Wrap(fault.Internal, err, "functions cannot run as user %d: choose others", u.uid)
	}
	h := host{interpreters: &interpreters{folders: c.InterpreterPaths, launcher: l, user: u, found: map[string]interpreter{}}}
	h.bubblewrap, h.why = findBubblewrap(ctx, c, l, u)
	h.restriction = &restriction{enclose: c.Enclose, launcher: l, user: u}
	return h, nil
}

// findBubblewrap tries bubblewrap out: kernels and containers may forbid what it does.
func findBubblewrap(ctx context.Context, c Config, l *launcher, u user) (path, why string) {
	if c.WithoutBubblewrap {
		return "", "it is switched off"
	}
	path, err := exec.LookPath("bwrap")
	if err != nil {
		return "", "bwrap is not installed"
	}
	ctx, end := context.WithTimeout(ctx, 10*time.Second)
	defer end()
	if _, err := run(ctx, l, u, nothing(path)); err != nil {
		return "", "bwrap does not work here: " + err.Error()
	}
	return path, ""
}

// nothing is a command that does nothing, within bubblewrap.
func nothing(bubblewrap string) []string {
	args := append([]string{bubblewrap}, namespaces()...)
	return append(append(args, system()...), "--remount-ro", "/", "--", "/bin/sh", "-c", ":")
}

// prepare empties the pool's folder, and puts the bootstraps there.
func prepare(dir string) error {
	if dir == "" {
		return fault.New(fault.Internal, "functions need a folder")
	}
	if err := mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := reachable(dir); err != nil {
		return err
	}
	for _, name := range []string{"code", "environments", "runtime", "etc"} {
		folder := filepath.Join(dir, name)
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
		// x alone: the names in it cannot be guessed, and are not to be listed.
		if err := mkdir(folder, 0o711); err != nil {
			return err
		}
	}
	files := map[string][]byte{
		"etc/passwd": []byte(sandboxName + ":x:" + sandboxUser + ":" + sandboxUser + "::/home/" + sandboxName + ":/sbin/nologin\n"),
		"etc/group":  []byte(sandboxName + ":x:" + sandboxUser + ":\n"),
	}
	for _, name := range []string{"bootstrap.py", "bootstrap.mjs"} {
		text, err := bootstraps.ReadFile("bootstrap/" + name)
		if err != nil {
			return err
		}
		files["runtime/"+name] = text
	}
	for name, text := range files {
		file := filepath.Join(dir, name)
		if err := writeForAll(file, text); err != nil {
			return err
		}
	}
	return nil
}

// mkdir makes a folder, and those above it, with a mode, whatever the umask says.
func mkdir(dir string, mode fs.FileMode) error {
	above := filepath.Dir(dir)
	if _, err := os.Stat(above); errors.Is(err, fs.ErrNotExist) {
		if err := mkdir(above, mode); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, mode); err != nil {
		return err
	}
	return os.Chmod(dir, mode)
}

// reachable checks that the users of functions can get to a folder.
func reachable(dir string) error {
	if !isRoot() {
		return nil
	}
	dir, err := filepath.Abs(dir)
	for ; err == nil; dir = filepath.Dir(dir) {
		info, statErr := os.Stat(dir)
		switch {
		case statErr != nil:
			return statErr
		case info.Mode()&0o001 == 0:
			return fault.New(fault.Internal, "functions run as users of their own, who cannot get into %s: chmod o+x it, or choose another folder", dir)
		case dir == filepath.Dir(dir):
			return nil
		}
	}
	return err
}

// layoutOf says where a function finds things: in AWS's places where it has a
// mount namespace, otherwise where they are.
func (h *host) layoutOf(pool, home string, c *code) layout {
	if h.bubblewrap != "" {
		return layout{task: "/var/task", opt: "/opt", tmp: "/tmp", runtime: "/var/runtime"}
	}
	return layout{
		task: filepath.Join(c.dir, "task"), opt: filepath.Join(c.dir, "opt"),
		tmp: filepath.Join(home, "tmp"), runtime: filepath.Join(pool, "runtime"),
	}
}
