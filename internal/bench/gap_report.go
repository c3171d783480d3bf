package main

import (
	"slices"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

const aimGap = 50 * time.Millisecond // p99

func (r report) gapsHead(rotations int) {
	r.printf("\nA client that never stops: it reads a secret and logs in with it, while the secret is rotated %d times\n", rotations)
}

func (r report) gaps(strategy string, gapped bool, visits []visit, recorded []gap) {
	var logins, gaps []time.Duration
	refused, outside := 0, 0
	for _, v := range visits {
		if !v.refused {
			logins = append(logins, v.login)
			continue
		}
		refused++
		if !slices.ContainsFunc(recorded, func(g gap) bool { return g.covers(v) }) {
			outside++
		}
	}
	for _, g := range recorded {
		if !g.changed.IsZero() {
			gaps = append(gaps, g.promoted.Sub(g.changed))
		}
	}
	r.printf("  %s: %s logins, %d refused; a login takes p50 %s, p99 %s\n", strategy, figure(float64(len(visits))), refused,
		short3(percentile(logins, 50)), short3(percentile(logins, 99)))
	took := map[secret.Step][]time.Duration{}
	for _, g := range recorded {
		for _, step := range g.steps {
			took[step.Step] = append(took[step.Step], step.Took)
		}
	}
	r.printf("  a rotation's steps, p50:")
	for step, more := secret.CreateSecret, true; more; step, more = step.Next() {
		r.printf(" %s %s", step, short3(percentile(took[step], 50)))
	}
	r.printf("\n")
	if !gapped {
		r.aim(refused == 0 && len(gaps) == 0, "no login refused, and no gap on record: %d and %d", refused, len(gaps))
		return
	}
	r.printf("  the gap, from the change in the target to the move of the label: p50 %s, p99 %s, longest %s\n",
		short3(percentile(gaps, 50)), short3(percentile(gaps, 99)), short3(percentile(gaps, 100)))
	r.aim(outside == 0 && len(gaps) == len(recorded), "refused inside a recorded gap only: %d outside; %d of %d gaps on record", outside, len(gaps), len(recorded))
	r.aim(percentile(gaps, 99) < aimGap, "the gap's p99 under %v: %s, %.1f logins", aimGap, short3(percentile(gaps, 99)),
		float64(percentile(gaps, 99))/float64(percentile(logins, 50)))
}
