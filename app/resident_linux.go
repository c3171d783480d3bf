package app

import (
	"bufio"
	"context"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// releaseEvery is how often the pages of the program are given back.
const releaseEvery = 5 * time.Second

// releaseStart gives back what was needed to start.
func releaseStart() {
	debug.FreeOSMemory()
	releaseProgram()
}

// keepSmall gives back the pages of the program file from time to time. Most are
// read once: by engines, by what runs first and never again, and for each that is
// needed the kernel maps fifteen beside it. What is needed again comes back by
// itself, some two hundred times a microsecond.
func keepSmall(ctx context.Context) {
	for tick := time.NewTicker(releaseEvery); ; {
		select {
		case <-tick.C:
			releaseProgram()
		case <-ctx.Done():
			tick.Stop()
			return
		}
	}
}

func releaseProgram() {
	self, err := os.Executable()
	if err != nil {
		return
	}
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return
	}
	defer maps.Close()
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		field := strings.Fields(lines.Text()) // 00400000-01234000 r-xp 00000000 fe:00 1234 /usr/bin/alberti
		if len(field) < 6 || field[5] != self || strings.Contains(field[1], "w") {
			continue
		}
		from, to, _ := strings.Cut(field[0], "-")
		start, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if err1 == nil && err2 == nil {
			syscall.Syscall(syscall.SYS_MADVISE, uintptr(start), uintptr(end-start), syscall.MADV_DONTNEED)
		}
	}
}
