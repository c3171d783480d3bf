package main

import "time"

func (r report) enginesHead(users, rounds, atATime int) {
	r.printf("\nRotations of %d users of each engine, %d at a time, %d times; beside raw: the engine's own statements\n", users, atATime, rounds)
	r.printf("without Alberti around them, a login, the change, and a login with the new password\n")
	r.printf("  %-16s %-12s %12s %10s %8s %10s %10s\n", "engine", "strategy", "rotations/s", "raw/s", "ratio", "gap p50", "gap p99")
}

func (r report) engine(f engineFigures) {
	ours, raw := median(f.ours), median(f.raw)
	r.printf("  %-16s %-12s %12.1f %10.1f %6.0f %% %10s %10s\n", f.name, f.strategy, ours, raw, 100*ours/raw, gapFigure(f.gaps, 50), gapFigure(f.gaps, 99))
}

// gapFigure is a percentile of gaps, none where the old password stays in force or is
// another user's.
func gapFigure(all []time.Duration, p int) string {
	if d := percentile(all, p); d > 0 {
		return short3(d)
	}
	return "none"
}
