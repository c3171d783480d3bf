package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// work is what a connection asks for again and again. body appends the next
// request's body, or gives nil when there is no more to do.
type work struct {
	target string
	body   func(b []byte, r *rand.Rand) []byte
}

// sample is what one round came to.
type sample struct {
	requests int
	took     time.Duration
	p50, p99 time.Duration
	usage    // of the CPUs
}

func (s sample) rate() float64 { return float64(s.requests) / s.took.Seconds() }

// keptLatencies bounds the latencies that are kept of a round.
const keptLatencies = 400_000

// drive keeps every connection busy for a time: as soon as an answer is there
// the next request is sent. pid is the server's.
func drive(ctx context.Context, conns []*conn, w work, d time.Duration, pid int) (sample, error) {
	latencies := make([][]time.Duration, len(conns))
	for i := range latencies {
		latencies[i] = make([]time.Duration, 0, keptLatencies/len(conns))
	}
	counts, errs := make([]int, len(conns)), make([]error, len(conns))
	before, err := usageOf(pid)
	if err != nil {
		return sample{}, err
	}
	began := time.Now()
	var all sync.WaitGroup
	for i, c := range conns {
		all.Go(func() { counts[i], latencies[i], errs[i] = c.loop(ctx, w, began.Add(d), latencies[i]) })
	}
	all.Wait()
	s := sample{took: time.Since(began)}
	after, err := usageOf(pid)
	if err != nil {
		return s, err
	}
	s.usage = after.since(before)
	var merged []time.Duration
	for i := range conns {
		if errs[i] != nil {
			return s, fmt.Errorf("%s: %w", w.target, errs[i])
		}
		s.requests += counts[i]
		merged = append(merged, latencies[i]...)
	}
	s.p50, s.p99 = percentile(merged, 50), percentile(merged, 99)
	return s, ctx.Err()
}

// loop is one connection's share.
func (c *conn) loop(ctx context.Context, w work, until time.Time, kept []time.Duration) (n int, latencies []time.Duration, err error) {
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	r := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	var body []byte
	for now := time.Now(); now.Before(until); n++ {
		if body = w.body(body[:0], r); body == nil {
			break
		}
		c.prepare(w.target, body, now)
		began := time.Now()
		if _, err := c.exchange(false); err != nil {
			return n, kept, err
		}
		now = time.Now()
		if len(kept) < cap(kept) {
			kept = append(kept, now.Sub(began))
		}
	}
	return n, kept, nil
}

// percentile sorts what it is given.
func percentile(all []time.Duration, p int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)*p/100, len(all)-1)]
}

// median of some figures.
func median[T float64 | time.Duration](all []T) T {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// each is a median over rounds.
func each[T float64 | time.Duration](rounds []sample, of func(sample) T) T {
	all := make([]T, 0, len(rounds))
	for _, s := range rounds {
		all = append(all, of(s))
	}
	return median(all)
}

// perRequest is some CPU time over all rounds, divided among the requests.
func perRequest(rounds []sample, of func(sample) time.Duration) time.Duration {
	var cpu time.Duration
	var n int
	for _, s := range rounds {
		cpu, n = cpu+of(s), n+s.requests
	}
	return cpu / time.Duration(max(n, 1))
}
