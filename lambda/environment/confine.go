package environment

import (
	"os"
	"path/filepath"
	"strconv"
)

// confinement is a command, and what it may have.
type confinement struct {
	command     []string
	layout      layout
	pool        string // the pool's folder
	code        *code
	interpreter interpreter
	function    *Function
	ownUser     bool
	etc         []string // files of its own in /etc, by their paths outside
	held        []string // variables that are to be given back inside
}

// sandboxUser is who a function is inside, as on AWS (lambda.md, 3.3).
const (
	sandboxUser = "1051"
	sandboxName = "sbx_user1051"
)

// maxProcesses of an environment, threads included, and maxDescriptors: AWS's.
const (
	maxProcesses   = 1024
	maxDescriptors = 1024
)

// spareData is how much more than its memory a process may map to write to. What
// it touches of that is bounded by process.measure; this bounds what it gets
// between two looks.
const spareData = 1 << 30

// confine puts limits and, where there is bubblewrap, namespaces round a command.
func (h *host) confine(c confinement) []string {
	limited := append([]string{"/bin/sh", "-c", limits(c, h.bubblewrap != ""), "sh"}, c.command...)
	if h.bubblewrap == "" {
		return limited
	}
	args := append([]string{h.bubblewrap}, namespaces()...)
	args = append(args, system()...)
	for _, prefix := range c.interpreter.prefixes {
		args = append(args, "--ro-bind", prefix, prefix)
	}
	args = append(args, "--ro-bind", filepath.Join(c.code.dir, "task"), c.layout.task)
	args = append(args, "--ro-bind", filepath.Join(c.pool, "runtime"), c.layout.runtime)
	for _, name := range []string{"/etc/passwd", "/etc/group"} {
		args = append(args, "--ro-bind", filepath.Join(c.pool, name), name)
	}
	for _, file := range c.etc {
		args = append(args, "--ro-bind", file, filepath.Join("/etc", filepath.Base(file)))
	}
	args = append(args, c.layers()...)
	args = append(args, "--perms", "1777", "--size", strconv.Itoa(c.function.TmpMB<<20), "--tmpfs", c.layout.tmp)
	args = append(args, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", c.layout.task, "--")
	return append(args, limited...)
}

// layers puts what layers brought in its place, name by name: an interpreter may
// live in /opt, too.
func (c confinement) layers() (args []string) {
	dir := filepath.Join(c.code.dir, "opt")
	entries, _ := os.ReadDir(dir) // it was made a moment ago, by ourselves
	args = append(args, "--dir", c.layout.opt)
	for _, e := range entries {
		args = append(args, sameInside(filepath.Join(dir, e.Name()), filepath.Join(c.layout.opt, e.Name()))...)
	}
	return args
}

// sameInside has inside what is outside. A link stays one, for where it leads is
// for inside to say: bubblewrap would bring in what it leads to on the host.
func sameInside(outside, inside string) []string {
	if target, err := os.Readlink(outside); err == nil {
		return []string{"--symlink", target, inside}
	}
	return []string{"--ro-bind", outside, inside}
}

// limits is a script that sets the limits of its shell, gives back what was held
// back, then runs its arguments in its place. Go cannot set limits between fork and
// exec, and in a container not even root may set them from outside. A limit that
// cannot be set is lower already.
func limits(c confinement, ownNamespace bool) string {
	set := func(flag string, n int) string { return "ulimit " + flag + " " + strconv.Itoa(n) + " 2>/dev/null;" }
	script := set("-c", 0) + // a core would hold secrets
		set("-n", maxDescriptors) +
		set("-f", c.function.TmpMB<<20/512) +
		set("-d", (c.function.MemoryMB<<20+spareData)/1024)
	if ownNamespace || c.ownUser {
		// Processes are counted by user and user namespace: otherwise it would be
		// those of the server. Shells differ in the name of this limit.
		n := strconv.Itoa(maxProcesses)
		script += "if (ulimit -u " + n + ") 2>/dev/null; then ulimit -u " + n + "; else ulimit -p " + n + "; fi 2>/dev/null;"
	}
	return script + giveBack(c.held) + `exec "$@"`
}

// namespaces are all that can be unshared but the network: functions must reach
// databases and the server. Restricted ones are in a network of their own already.
func namespaces() []string {
	return []string{
		"--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
		"--uid", sandboxUser, "--gid", sandboxUser, "--hostname", "lambda", "--die-with-parent", "--cap-drop", "ALL",
	}
}

// system binds what programs need of the host: its libraries and programs, and
// from /etc what names, certificates and clocks are looked up in.
func system() []string {
	args := []string{"--ro-bind", "/usr", "/usr"}
	for _, name := range []string{"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"} {
		if _, err := os.Lstat(name); err == nil {
			args = append(args, sameInside(name, name)...)
		}
	}
	for _, name := range []string{
		"alternatives", "ca-certificates", "crypto-policies", "gai.conf", "host.conf", "hosts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d",
		"localtime", "nsswitch.conf", "pki", "protocols", "resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf",
	} {
		args = append(args, "--ro-bind-try", "/etc/"+name, "/etc/"+name)
	}
	return append(args, "--proc", "/proc", "--dev", "/dev")
}
