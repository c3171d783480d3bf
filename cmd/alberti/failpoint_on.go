//go:build failpoint

package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/alberti-dev/alberti/app"
)

// failpoint kills the process without warning, as a power cut would, when it
// reaches the point that ALBERTI_FAILPOINT names: "kept", or "committed*7" for
// the seventh time.
func failpoint() func(app.Point) {
	at, times, _ := strings.Cut(os.Getenv("ALBERTI_FAILPOINT"), "*")
	n, err := strconv.ParseInt(times, 10, 64)
	if err != nil {
		n = 1
	}
	var reached atomic.Int64
	return func(p app.Point) {
		if p == app.Point(at) && reached.Add(1) == n {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
}
