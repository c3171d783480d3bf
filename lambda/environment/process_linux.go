package environment

import (
	"bytes"
	"io"
	"net"
	"os"
	"strconv"
	"syscall"
)

// endWithParent has the kernel kill a process when the thread that started it ends.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }

// reserve takes a name that one process of this host can have at a time, and that
// is free when its process has ended.
func reserve(name string) (io.Closer, error) { return net.Listen("unix", "@"+name) }

// resident is the memory that a process and its children have in RAM, in bytes.
// What they share is counted for each.
func resident(pid int) (total int64) {
	for _, p := range family(pid) {
		statm, err := os.ReadFile("/proc/" + strconv.Itoa(p) + "/statm")
		if field := bytes.Fields(statm); err == nil && len(field) > 1 {
			pages, _ := strconv.ParseInt(string(field[1]), 10, 64)
			total += pages * int64(os.Getpagesize())
		}
	}
	return total
}

// family lists a process with all its descendants.
func family(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		tasks := "/proc/" + strconv.Itoa(all[i]) + "/task"
		threads, _ := os.ReadDir(tasks) // none when it has ended
		for _, thread := range threads {
			children, _ := os.ReadFile(tasks + "/" + thread.Name() + "/children")
			for _, child := range bytes.Fields(children) {
				if id, err := strconv.Atoi(string(child)); err == nil {
					all = append(all, id)
				}
			}
		}
	}
	return all
}

// killStrays ends what left the process's group, as far as that can be told: by its
// user or, where that is the server's own, by the variables that it was given. In a
// process namespace of its own nothing can be left.
func (p *process) killStrays() {
	if p.confined {
		return
	}
	for found := true; found; {
		found = false
		entries, _ := os.ReadDir("/proc")
		for _, entry := range entries {
			if pid, err := strconv.Atoi(entry.Name()); err == nil && p.strayed(pid) {
				found = syscall.Kill(pid, syscall.SIGKILL) == nil || found
			}
		}
	}
}

// strayed tells whether a process that is alive came from this one.
func (p *process) strayed(pid int) bool {
	dir := "/proc/" + strconv.Itoa(pid)
	if p.user.uid == 0 {
		vars, _ := os.ReadFile(dir + "/environ") // of others it cannot be read
		return bytes.Contains(append([]byte{0}, vars...), []byte("\x00"+p.mark+"\x00"))
	}
	status, err := os.ReadFile(dir + "/status")
	if err != nil || bytes.Contains(status, []byte("\nState:\tZ")) {
		return false
	}
	_, rest, _ := bytes.Cut(status, []byte("\nUid:\t"))
	field := bytes.Fields(rest)
	return len(field) > 0 && string(field[0]) == strconv.Itoa(p.user.uid)
}
