package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/alberti-dev/alberti/internal/demo/server"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const (
	fleetHosts = 500 // among which the users are spread
	looks      = 2000
	settling   = 2 * time.Second // after the start of a server
)

// fleet is an account whose secrets all rotate by schedule.
type fleet struct {
	*account
	look [2]time.Duration // p50 and p99 of finding what is due
	idle time.Duration    // CPU a second
}

// fleets measures schedules without work, at several sizes, and a burst of work
// at the last.
func (b *bench) fleets(ctx context.Context) error {
	b.out.fleetHead(b.plan)
	var all []fleet
	for i, n := range b.fleet {
		f, err := b.openFleet(ctx, n)
		if err != nil {
			return err
		}
		b.out.fleet(f)
		if all = append(all, f); i < len(b.fleet)-1 {
			if err := os.RemoveAll(f.options.Data); err != nil {
				return err
			}
		}
	}
	b.out.fleetAims(all)
	return b.burst(ctx, all[len(all)-1])
}

// openFleet makes a fleet and measures it while nothing is due. Its server does
// not run when it returns.
func (b *bench) openFleet(ctx context.Context, n int) (f fleet, err error) {
	program, err := os.Executable()
	if err != nil {
		return f, err
	}
	if f.account, err = b.openSeeded(ctx, program, "fleet", n, kind{make: scheduled}); err != nil {
		return f, err
	}
	f.idle, err = idling(ctx, f.PID, b.idle)
	if err := errors.Join(err, f.Stop()); err != nil {
		return f, err
	}
	return f, f.withStore(ctx, func(st *store.Store) (err error) {
		f.look, err = looking(ctx, st)
		return err
	})
}

// scheduled is a secret that rotates every 30 days.
func scheduled(s *secret.Secret, i int, now time.Time, r *rand.Rand) (string, error) {
	rules := schedule.Rules{Expression: "rate(30 days)"}
	value := fmt.Sprintf(`{"engine":"noop","host":"db-%03d","username":"user-%06d","password":"%s"}`,
		i%fleetHosts, i, appendRandom(nil, r, 24))
	return value, s.Configure(functionARN(noopFunction), &rules, now)
}

// idling is the CPU time that a server without work takes in a second.
func idling(ctx context.Context, pid int, d time.Duration) (time.Duration, error) {
	if err := pause(ctx, settling); err != nil {
		return 0, err
	}
	before, err := runtimeOf(pid)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := pause(ctx, d); err != nil {
		return 0, err
	}
	after, err := runtimeOf(pid)
	return time.Duration(float64(after-before) / time.Since(began).Seconds()), err
}

// pause lets time pass, unless the measurement is broken off.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// looking is what a runner takes to find out what is due, and when something
// will be.
func looking(ctx context.Context, st *store.Store) (p [2]time.Duration, err error) {
	var took []time.Duration
	for range looks {
		began := time.Now()
		err := st.View(ctx, func(tx *store.Tx) error {
			if _, err := tx.DueSecrets(1); err != nil {
				return err
			}
			next, err := tx.NextDue()
			if err == nil && next.IsZero() {
				err = errors.New("nothing is planned")
			}
			return err
		})
		if err != nil {
			return p, err
		}
		took = append(took, time.Since(began))
	}
	return [2]time.Duration{percentile(took, 50), percentile(took, 99)}, nil
}

// withStore does something to the store itself, while no server has it.
func (a *account) withStore(ctx context.Context, do func(*store.Store) error) error {
	st, err := store.Open(ctx, store.Config{Where: filepath.Join(a.options.Data, "alberti.db"), Now: time.Now})
	if err != nil {
		return err
	}
	return errors.Join(do(st), st.Close())
}

// restart starts the server again.
func (a *account) restart(ctx context.Context) (err error) {
	a.Server, err = server.Start(ctx, a.options)
	return err
}
