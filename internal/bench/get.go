package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

const getTarget = "secretsmanager.GetSecretValue"

// comparison is a measurement beside its ceiling.
type comparison struct {
	conns        int
	ours, theirs []sample
}

// ratio is the median over the pairs of rounds, each pair a moment apart.
func (c comparison) ratio() float64 {
	var all []float64
	for i := range c.ours {
		all = append(all, c.ours[i].rate()/c.theirs[i].rate())
	}
	return median(all)
}

// gets measures GetSecretValue beside the bare handler.
func (b *bench) gets(ctx context.Context) (err error) {
	size, err := b.warmUp(ctx)
	if err != nil {
		return err
	}
	ceiling, err := startBare(ctx, size)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ceiling.stop()) }()
	b.out.getsHead(b.plan, size)
	var all []comparison
	for _, n := range []int{1, 8, 32} {
		c, err := b.compare(ctx, ceiling, n)
		if err != nil {
			return err
		}
		b.out.get(c)
		all = append(all, c)
	}
	b.out.getsAims(all)
	return nil
}

// warmUp reads every secret twice, the first time of the day and any other, and
// gives the size of an answer.
func (b *bench) warmUp(ctx context.Context) (size int, err error) {
	conns, err := dialAll(b.server.Endpoint, b.server.URL, 8)
	if err != nil {
		return 0, err
	}
	defer closeAll(conns)
	for range 2 {
		var next atomic.Int64
		every := work{getTarget, func(to []byte, _ *rand.Rand) []byte {
			i := int(next.Add(1)) - 1
			if i >= b.secrets {
				return nil
			}
			return getBody(to, i)
		}}
		if _, err := drive(ctx, conns, every, time.Minute, b.server.PID); err != nil {
			return 0, err
		}
	}
	answer, err := conns[0].call(getTarget, getBody(nil, 0))
	return len(answer), err
}

// compare takes rounds in turn: ours, theirs, ours, theirs, so that noise of the
// machine hits both.
func (b *bench) compare(ctx context.Context, ceiling *bare, n int) (c comparison, err error) {
	ours, err := dialAll(b.server.Endpoint, b.server.URL, n)
	if err != nil {
		return c, err
	}
	defer closeAll(ours)
	theirs, err := dialAll(b.server.Endpoint, ceiling.url, n)
	if err != nil {
		return c, err
	}
	defer closeAll(theirs)
	random := work{getTarget, func(to []byte, r *rand.Rand) []byte { return getBody(to, r.IntN(b.secrets)) }}
	c.conns = n
	for round := range b.rounds + 1 {
		our, err := drive(ctx, ours, random, b.round, b.server.PID)
		if err != nil {
			return c, err
		}
		their, err := drive(ctx, theirs, random, b.round, ceiling.pid)
		if err != nil {
			return c, err
		}
		if round > 0 { // the first is to warm up
			c.ours, c.theirs = append(c.ours, our), append(c.theirs, their)
		}
	}
	return c, nil
}

func getBody(to []byte, i int) []byte {
	to = append(to, `{"SecretId":"bench/`...)
	for unit := 10_000; unit > 0; unit /= 10 {
		to = append(to, byte('0'+i/unit%10))
	}
	return append(to, `"}`...)
}
