package environment

import (
	"os"
	"strconv"
	"syscall"
)

// keepDescriptors sees to it that functions inherit no descriptor that the server
// inherited itself, from a shell or a supervisor. Those that Go opens are closed in
// its children anyway.
func keepDescriptors() {
	for _, dir := range []string{"/proc/self/fd", "/dev/fd"} {
		open, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, entry := range open {
			if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
				syscall.CloseOnExec(fd)
			}
		}
		return
	}
}
