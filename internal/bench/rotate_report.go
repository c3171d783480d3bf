package main

// The aims for rotations, beside raw.
const (
	aimRotations = 0.70 // of raw
	// A rate that falls by less than this is the machine's unrest.
	unrest = 0.05
)

func (r report) rotationsHead(users int) {
	r.printf("\nRotations of %d users of one PostgreSQL (single user; SCRAM, fsync on), asked for over the API, beside\n", users)
	r.printf("raw: the user logs in, ALTER ROLE with a SCRAM verifier, a login with the new password; and\n")
	r.printf("admin: the same over a connection that is open, which spares the first login. CPU is the server's, a rotation\n")
	r.printf("  %11s %14s %10s %14s %8s %14s %8s\n", "at a time", "rotations/s", "CPU", "raw/s", "ratio", "admin/s", "ratio")
}

func (p pace) ratio() float64 { return median(p.ours) / median(p.raw) }

func (r report) rotations(p pace) {
	r.printf("  %11d %14.1f %10s %14.1f %6.0f %% %14.1f %6.0f %%\n", p.concurrent, median(p.ours), short3(p.cpu), median(p.raw), 100*p.ratio(),
		median(p.opens), 100*median(p.ours)/median(p.opens))
}

func (r report) rotationsAims(all []pace) {
	for _, p := range all {
		r.aim(p.ratio() >= aimRotations, "%.0f %% of raw, %d at a time: %.0f %%", 100*aimRotations, p.concurrent, 100*p.ratio())
	}
	for i, p := range all[1:] {
		before, now := median(all[i].ours), median(p.ours)
		r.aim(now >= before*(1-unrest), "not slower %d at a time than %d: %.1f/s after %.1f/s", p.concurrent, all[i].concurrent, now, before)
	}
}
