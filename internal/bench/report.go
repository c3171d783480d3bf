package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The aims, for two cores.
const (
	aimRatio  = 0.75   // of the bare handler's rate
	aimRate   = 10_000 // GetSecretValue a second
	aimStart  = 150 * time.Millisecond
	aimMemory = 60e6 // bytes resident, with aimSecrets

	aimSecrets = 10_000

	busy = 0.05 // of the CPUs, by others, is more than a measurement can bear
)

// report prints what was measured, as it comes.
type report struct{ w io.Writer }

func (r report) printf(format string, args ...any) { fmt.Fprintf(r.w, format, args...) }

// aim prints an aim and whether it is met.
func (r report) aim(met bool, format string, args ...any) {
	verdict := "not met"
	if met {
		verdict = "met"
	}
	r.printf("  %-9s %s\n", verdict, fmt.Sprintf("aim: "+format, args...))
}

// machine says what this is all measured on.
func (r report) machine(dir string) {
	r.printf("alberti bench: %d CPUs (%s), Linux %s, %s\n", runtime.NumCPU(), cpuModel(), kernel(), runtime.Version())
	if onMemory(dir) {
		r.printf("%s is in memory: durable writes mean nothing here; choose a disk with -dir\n", dir)
	}
}

func (r report) seeded(s sample) {
	r.printf("\nCreateSecret: %s secrets of 1 KiB in %.1f s, %s/s over %d connections\n",
		figure(float64(s.requests)), s.took.Seconds(), figure(s.rate()), seeders)
}

func (r report) putsHead() {
	r.printf("\nPutSecretValue, 1 KiB, durable before the answer, beside 4 KiB appended and fdatasync\n")
	r.printf("  %11s %10s %10s %10s %10s   %10s   %s\n", "connections", "puts/s", "p50", "p99", "CPU/put", "fsyncs/s", "puts per fsync")
}

func (r report) put(w writes) {
	rate, syncs := each(w.rounds, sample.rate), median(w.syncs)
	r.printf("  %11d %10s %10s %10s %10s   %10s   %.2f\n", w.conns, figure(rate),
		short3(each(w.rounds, func(s sample) time.Duration { return s.p50 })),
		short3(each(w.rounds, func(s sample) time.Duration { return s.p99 })),
		short3(perRequest(w.rounds, ofServer)), figure(syncs), rate/syncs)
}

func (r report) getsHead(p plan, size int) {
	r.printf("\nGetSecretValue, a random one of %s; signature, policy, store, decryption and audit on;\n", figure(float64(p.secrets)))
	r.printf("beside a bare net/http handler that answers a constant %s bytes\n", figure(float64(size)))
	r.printf("  %11s  %34s   %34s\n", "", "------------- alberti ------------", "-------------- bare --------------")
	r.printf("  %11s  %8s %8s %8s %7s   %8s %8s %8s %7s   %s\n",
		"connections", "req/s", "p50", "p99", "CPU", "req/s", "p50", "p99", "CPU", "ratio")
}

func (r report) get(c comparison) {
	r.printf("  %11d", c.conns)
	for i, rounds := range [][]sample{c.ours, c.theirs} {
		r.printf("%s%8s %8s %8s %7s", []string{"  ", "   "}[i], figure(each(rounds, sample.rate)),
			short3(each(rounds, func(s sample) time.Duration { return s.p50 })),
			short3(each(rounds, func(s sample) time.Duration { return s.p99 })), short3(perRequest(rounds, ofServer)))
	}
	r.printf("   %3.0f %%\n", 100*c.ratio())
}

func ofServer(s sample) time.Duration { return s.server }
func ofClient(s sample) time.Duration { return s.client }

func (r report) getsAims(all []comparison) {
	r.quiet(all)
	for _, c := range all {
		r.aim(c.ratio() >= aimRatio, "%.0f %% of the bare handler with %d connections: %.0f %%", 100*aimRatio, c.conns, 100*c.ratio())
	}
	best := 0.0
	for _, c := range all {
		best = max(best, each(c.ours, sample.rate))
	}
	r.aim(best > aimRate, "more than %s/s: %s/s", figure(aimRate), figure(best))
}

// quiet says what of the CPUs the client took, and whether something else was at
// work.
func (r report) quiet(all []comparison) {
	var rounds []sample
	var others, took time.Duration
	for _, c := range all {
		rounds = append(append(rounds, c.ours...), c.theirs...)
	}
	for _, s := range rounds {
		others, took = others+s.others(), took+s.took
	}
	r.printf("  CPU is the server's, a request; the client, on the same CPUs, takes %s more\n", short3(perRequest(rounds, ofClient)))
	if share := others.Seconds() / took.Seconds() / float64(runtime.NumCPU()); share > busy {
		r.printf("  BUSY: other programs had %.0f %% of the CPUs meanwhile; only the CPU column is to be trusted\n", 100*share)
	}
}

func (r report) memory(p plan, now, most float64) {
	r.printf("\nMemory, with %s secrets, after the load above\n", figure(float64(p.secrets)))
	r.printf("  %.1f MB resident, %.1f MB at most\n", now/1e6, most/1e6)
	if p.secrets < aimSecrets {
		return
	}
	r.aim(now < aimMemory, "less than %.0f MB resident: %.1f MB", aimMemory/1e6, now/1e6)
}

func (r report) starting(all []time.Duration, resident float64, size int64) {
	r.printf("\nStart, with all of that in the store: from the start of the process until /readyz\n")
	r.printf("  %s, median of %d (slowest %s); %.1f MB resident then; the program is %.1f MB\n",
		short3(median(all)), len(all), short3(percentile(all, 100)), resident/1e6, float64(size)/1e6)
	r.aim(median(all) < aimStart, "less than %v: %s", aimStart, short3(median(all)))
}

// figure writes a whole number with commas.
func figure(v float64) string {
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// short3 gives a duration three figures.
func short3(d time.Duration) string {
	value, unit := float64(d)/1e3, "µs"
	if value >= 999.5 {
		value, unit = value/1e3, "ms"
	}
	decimals := 0
	switch {
	case value < 9.995:
		decimals = 2
	case value < 99.95:
		decimals = 1
	}
	return strconv.FormatFloat(value, 'f', decimals, 64) + unit
}

func cpuModel() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	text, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return strings.TrimSpace(string(text))
}

const tmpfsMagic = 0x01021994

// onMemory tells whether a directory is on no disk at all.
func onMemory(dir string) bool {
	var s syscall.Statfs_t
	return syscall.Statfs(dir, &s) == nil && int64(s.Type) == tmpfsMagic
}
