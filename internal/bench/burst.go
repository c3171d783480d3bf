package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const (
	// lead is how long after it is planned a burst is due: by then the server has
	// started and the reader is at work.
	lead       = 4 * time.Second
	plannedAt  = 500 // secrets to a commit
	drainLimit = 5 * time.Minute
	watchEvery = 100 * time.Millisecond
)

// drained is how a burst went.
type drained struct {
	ended []time.Duration // of each rotation, since all were due; in order
	reads sample
}

// burst has many secrets of a fleet due at one moment, and a client read others
// meanwhile.
func (b *bench) burst(ctx context.Context, f fleet) (err error) {
	ctx, cancel := context.WithTimeout(ctx, drainLimit)
	defer cancel()
	due, err := f.plan(ctx, b.due)
	if err != nil {
		return err
	}
	if err := f.restart(ctx); err != nil {
		return err
	}
	var d drained
	d.reads, err = f.readWhile(ctx, func() error { return f.awaitAll(ctx, b.due) })
	if err := errors.Join(err, f.Stop()); err != nil {
		return err
	}
	if d.ended, err = f.ends(ctx, b.due, due); err != nil {
		return err
	}
	b.out.burst(f, d)
	return nil
}

// burstAlone is the burst of the largest fleet, in two runs: seeding that takes
// minutes, and a measurement that needs a quiet machine for less than one.
func (b *bench) burstAlone(ctx context.Context) error {
	n := b.fleet[len(b.fleet)-1]
	if b.keep == "" {
		return errors.New("-only burst needs -keep DIR")
	}
	program, err := os.Executable()
	if err != nil {
		return err
	}
	a := newAccount(program, b.keep, "fleet", n)
	_, err = os.Stat(a.options.Data)
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.Join(os.MkdirAll(b.keep, 0o700), a.seed(ctx, kind{make: scheduled}))
		b.out.printf("\nSeeded %s secrets in %s; the next run measures.\n", figure(float64(n)), b.keep)
		return err
	}
	if err == nil {
		err = b.burst(ctx, fleet{account: a})
	}
	return errors.Join(err, os.RemoveAll(a.options.Data))
}

// member is the i-th of so many secrets that are spread over the fleet.
func (f fleet) member(i, of int) secret.ID { return secret.ID(seededARN(i * (f.secrets / of))) }

// plan has so many secrets due at one moment, soon.
func (f fleet) plan(ctx context.Context, n int) (due time.Time, err error) {
	err = f.withStore(ctx, func(st *store.Store) error {
		due = st.Now().Add(lead)
		for from := 0; from < n; from += plannedAt {
			err := st.Update(ctx, func(tx *store.Tx) error {
				for i := from; i < min(from+plannedAt, n); i++ {
					s, err := tx.Secret(f.member(i, n))
					if err != nil {
						return err
					}
					s.Rotation.Due = due
					if err := tx.PutSecret(s); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return due, err
}

// readers are so many secrets that are read: each is written down as read today
// before the burst begins.
const readers = 1000

// readWhile reads random secrets for as long as do takes.
func (f fleet) readWhile(ctx context.Context, do func() error) (sample, error) {
	c, err := dial(f.Endpoint, f.URL)
	if err != nil {
		return sample{}, err
	}
	defer c.Close()
	var over atomic.Bool
	failed := make(chan error, 1)
	go func() {
		failed <- do()
		over.Store(true)
	}()
	s, err := drive(ctx, []*conn{c}, work{"secretsmanager.GetSecretValue", func(to []byte, r *rand.Rand) []byte {
		if over.Load() {
			return nil
		}
		return fmt.Appendf(to, `{"SecretId":%q}`, seededARN(r.IntN(min(readers, f.secrets))).Name)
	}}, drainLimit, f.PID)
	return s, errors.Join(err, <-failed)
}

// awaitAll waits until so many secrets have been rotated, in order: whoever waits
// for them all together only takes the CPU from them.
func (f fleet) awaitAll(ctx context.Context, n int) error {
	conn, err := dial(f.Endpoint, f.URL)
	if err != nil {
		return err
	}
	defer conn.Close()
	t := &target{conn: conn}
	for i := range n {
		if _, err := t.await(ctx, f.member(i, n).Name, 0, watchEvery); err != nil {
			return err
		}
	}
	return nil
}

// ends reads from the store when each rotation of a burst had ended.
func (f fleet) ends(ctx context.Context, n int, due time.Time) (out []time.Duration, err error) {
	err = f.withStore(ctx, func(st *store.Store) error {
		return st.View(ctx, func(tx *store.Tx) error {
			for i := range n {
				s, err := tx.Secret(f.member(i, n))
				if err != nil {
					return err
				}
				jobs, err := tx.Jobs(s.Key, 2)
				if err != nil {
					return err
				}
				if len(jobs) != 1 || jobs[0].State != secret.Succeeded || jobs[0].Attempt != 1 {
					return fmt.Errorf("%s was rotated %d times, or not at the first attempt", s.Name(), len(jobs))
				}
				out = append(out, jobs[0].Ended.Sub(due))
			}
			return nil
		})
	})
	slices.Sort(out)
	return out, err
}
