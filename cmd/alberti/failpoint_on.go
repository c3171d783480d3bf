//go:build failpoint

package main

import (
	"os"
	"syscall"

	"github.com/alberti-dev/alberti/rotation"
)

// failpoint kills the process without warning when a rotation reaches the point
// that ALBERTI_FAILPOINT names, as a power cut would.
func failpoint() func(rotation.Point) {
	at := rotation.Point(os.Getenv("ALBERTI_FAILPOINT"))
	return func(p rotation.Point) {
		if p == at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}
