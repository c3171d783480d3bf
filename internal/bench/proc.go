package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is CPU time: of the server, of this client, and of all programs.
type usage struct{ server, client, all time.Duration }

func usageOf(pid int) (u usage, err error) {
	var self syscall.Rusage
	if u.server, err = cpuOf(pid); err == nil {
		u.all, err = cpuOfAll()
	}
	if err == nil {
		err = syscall.Getrusage(syscall.RUSAGE_SELF, &self)
	}
	u.client = time.Duration(self.Utime.Nano() + self.Stime.Nano())
	return u, err
}

func (u usage) since(before usage) usage {
	return usage{u.server - before.server, u.client - before.client, u.all - before.all}
}

// others is what programs that have nothing to do with this used.
func (u usage) others() time.Duration { return max(0, u.all-u.server-u.client) }

const ticksPerSecond = 100 // USER_HZ, the same on every Linux of today

// cpuOf is the CPU time that a process has used, in its own code and in the
// kernel's.
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold anything; what follows is numbers.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	if len(fields) < 13 {
		return 0, fmt.Errorf("/proc/%d/stat has %d fields", pid, len(fields))
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("/proc/%d/stat is not what it should be", pid)
	}
	return time.Duration(user+system) * time.Second / ticksPerSecond, nil
}

// runtimeOf is cpuOf to the nanosecond: what the scheduler says of each thread.
func runtimeOf(pid int) (sum time.Duration, err error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("/proc/%d tells nothing of its threads", pid)
	}
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		var ran int64
		if _, err := fmt.Sscan(string(text), &ran); err != nil {
			return 0, fmt.Errorf("%s: %w", path, err)
		}
		sum += time.Duration(ran)
	}
	return sum, nil
}

// cpuOfAll is the CPU time that all processes together have used.
func cpuOfAll() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	var user, nice, system int
	if _, err := fmt.Sscanf(string(text), "cpu %d %d %d", &user, &nice, &system); err != nil {
		return 0, fmt.Errorf("/proc/stat: %w", err)
	}
	return time.Duration(user+nice+system) * time.Second / ticksPerSecond, nil
}

// memoryOf gives what of a process is in memory now, and what was at most, in
// bytes.
func memoryOf(pid int) (now, most float64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 64)
		switch {
		case err != nil:
		case name == "VmRSS":
			now = kib * 1024
		case name == "VmHWM":
			most = kib * 1024
		}
	}
	return now, most, nil
}
