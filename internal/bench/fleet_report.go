package main

import "time"

const (
	aimGrowth  = 2.0                   // of a look and of idling, from the smallest fleet to the largest
	aimIdle    = 5 * time.Millisecond  // CPU a second
	aimReading = 50 * time.Millisecond // p99 while a burst drains
	aimSteady  = 0.6                   // the slowest tenth of a burst, by the fastest
	tenths     = 10
)

func (r report) fleetHead(p plan) {
	r.printf("\nA fleet of secrets that rotate every 30 days, nothing of it due. The function is the real one for single\n")
	r.printf("users, in the real server, over a database that takes every password and does nothing\n")
	r.printf("  %10s %24s %12s %16s\n", "secrets", "to find what is due: p50", "p99", "idle: CPU/s")
}

func (r report) fleet(f fleet) {
	r.printf("  %10s %24s %12s %16s\n", figure(float64(f.secrets)), short3(f.look[0]), short3(f.look[1]), short3(f.idle))
}

func (r report) fleetAims(all []fleet) {
	first, last := all[0], all[len(all)-1]
	growth := float64(last.look[0]) / float64(first.look[0])
	r.aim(growth < aimGrowth, "the time to find it does not grow: %.2f times with %s secrets", growth, figure(float64(last.secrets)))
	r.aim(last.idle < aimIdle, "idling does not grow, or is under %v of CPU a second: %s after %s", aimIdle, short3(last.idle), short3(first.idle))
}

func (r report) burst(f fleet, d drained) {
	n := len(d.ended)
	var took []time.Duration
	for i := range tenths {
		before := time.Duration(0)
		if i > 0 {
			before = d.ended[i*n/tenths-1]
		}
		took = append(took, d.ended[(i+1)*n/tenths-1]-before)
	}
	r.printf("\nA burst: %s of them due at one moment, done in %.1f s, %.0f/s; each tenth of them at a rate of\n ",
		figure(float64(n)), d.ended[n-1].Seconds(), float64(n)/d.ended[n-1].Seconds())
	for _, t := range took {
		r.printf(" %.0f/s", float64(n)/tenths/t.Seconds())
	}
	r.printf("\n  GetSecretValue meanwhile, 1 connection: %s/s, p50 %s, p99 %s\n", figure(d.reads.rate()), short3(d.reads.p50), short3(d.reads.p99))
	steady := float64(percentile(took, 0)) / float64(percentile(took, 100))
	r.aim(steady >= aimSteady, "the slowest tenth at %.0f %% of the fastest's rate or better: %.0f %%", 100*aimSteady, 100*steady)
	r.aim(d.reads.p99 < aimReading, "GetSecretValue's p99 under %v meanwhile: %s", aimReading, short3(d.reads.p99))
}
