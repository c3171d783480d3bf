package main

func (r report) enginesHead(users, atATime int) {
	r.printf("\nRotations of %d users of each engine, %d at a time, beside raw: the engine's own statements without\n", users, atATime)
	r.printf("Alberti around them, a login, the change, and a login with the new password\n")
	r.printf("  %-16s %-12s %12s %10s %8s %10s %10s\n", "engine", "strategy", "rotations/s", "raw/s", "ratio", "gap p50", "gap p99")
}

func (r report) engine(f engineFigures) {
	r.printf("  %-16s %-12s %12.1f %10.1f %6.0f %% %10s %10s\n", f.name, f.strategy, f.ours, f.raw, 100*f.ours/f.raw,
		short3(percentile(f.gaps, 50)), short3(percentile(f.gaps, 99)))
}
