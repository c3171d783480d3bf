package main

import (
	"fmt"
	"time"
)

// The aims for an account of AWS's size (secrets-manager.md, 8).
const (
	aimReadRatio = 1.5 // of what a read costs with 1,000 secrets
	aimPage      = 50 * time.Millisecond
	aimSlowdown  = 1.5 // of the last pages, by the first
)

func (r report) accountHead(both [2]*account) {
	seeded := fmt.Sprintf("seeded in %.0f s, straight into the store", both[1].seeding.Seconds())
	if both[1].seeding == 0 {
		seeded = "seeded before"
	}
	r.printf("\nOne account: %s secrets of 1 KiB beside %s; %s\n", figure(float64(both[1].secrets)), figure(float64(both[0].secrets)), seeded)
}

func (r report) accountReadsHead() {
	r.printf("  %-24s %14s %14s %14s %14s %8s\n", "1 connection, random", "few: p50", "CPU", "many: p50", "CPU", "ratio")
}

// accountRead gives the median over the pairs of turns, each pair a moment apart.
func (r report) accountRead(what string, turns [2][]sample) {
	var p50 [2]time.Duration
	for i := range p50 {
		p50[i] = each(turns[i], func(s sample) time.Duration { return s.p50 })
	}
	var ratios []float64
	for i := range turns[0] {
		ratios = append(ratios, float64(turns[1][i].p50)/float64(turns[0][i].p50))
	}
	ratio := median(ratios)
	r.printf("  %-24s %14s %14s %14s %14s %8.2f\n", what, short3(p50[0]), short3(perRequest(turns[0], ofServer)),
		short3(p50[1]), short3(perRequest(turns[1], ofServer)), ratio)
	r.aim(ratio <= aimReadRatio, "at most %.1f times the time with few: %.2f", aimReadRatio, ratio)
}

func (r report) firstPagesHead(a *account) {
	r.printf("\nListSecrets, first page of 100 of %s, median\n", figure(float64(a.secrets)))
	r.printf("  %-12s %-20s %10s   %-12s %10s\n", "filter", "few pass", "", "many pass", "")
}

func (r report) firstPage(key, few, many string, took [2]time.Duration) {
	if key == "" {
		key = "none"
	}
	r.printf("  %-12s %-20s %10s   %-12s %10s\n", key, few, short3(took[0]), many, short3(took[1]))
	r.aim(max(took[0], took[1]) < aimPage, "less than %v: %s", aimPage, short3(max(took[0], took[1])))
}

func (r report) allPages(took []time.Duration) {
	const some = 20
	n := min(some, len(took)/3+1)
	first, middle, last := median(took[:n]), median(took[len(took)/2:][:n]), median(took[len(took)-n:])
	var all time.Duration
	for _, t := range took {
		all += t
	}
	r.printf("\nListSecrets, all %d pages of 100 in %.1f s: %s the first, %s the middle, %s the last (medians of %d)\n",
		len(took), all.Seconds(), short3(first), short3(middle), short3(last), n)
	slowdown := float64(last) / float64(first)
	r.aim(slowdown <= aimSlowdown, "the last pages at most %.1f times the first: %.2f", aimSlowdown, slowdown)
}

func (r report) accountMemory(both [2]*account, resident [2]float64) {
	r.printf("\nMemory after the load above: %.1f MB resident with %s secrets, %.1f MB with %s\n",
		resident[0]/1e6, figure(float64(both[0].secrets)), resident[1]/1e6, figure(float64(both[1].secrets)))
	r.aim(resident[1] < aimMemory, "less than %.0f MB with many: %.1f MB", aimMemory/1e6, resident[1]/1e6)
}
