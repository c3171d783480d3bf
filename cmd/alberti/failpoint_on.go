//go:build failpoint

package main

import (
	"os"
	"syscall"

	"github.com/alberti-dev/alberti/app"
)

// failpoint kills the process without warning when a rotation or replica reaches
// the point that ALBERTI_FAILPOINT names, as a power cut would.
func failpoint() func(app.Point) {
	at := app.Point(os.Getenv("ALBERTI_FAILPOINT"))
	return func(p app.Point) {
		if p == at {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}
