// Command chaos rotates real users of a real PostgreSQL while the server is
// killed, and its connections are cut, frozen and answered with errors, at every
// moment there is. After each case it holds that nothing was lost. A case is
// decided by the seed and its number; a moment that is a matter of time comes
// about as near as the machine allows.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"
)

// options are what to do.
type options struct {
	seed  uint64
	kills int           // end when there were so many
	limit time.Duration // or after so long, zero for never
	only  int           // the one case to do, -1 for all
	lanes int           // cases at a time
	depth int           // how many rotations old a backup is at most
	keep  bool          // keep the data of cases, violated or not
}

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", rand.Uint64N(1<<32), "decides every case")
	flag.IntVar(&o.kills, "kills", 1000, "end after so many kills")
	flag.DurationVar(&o.limit, "for", 0, "or after so long")
	flag.IntVar(&o.only, "case", -1, "do this case alone")
	flag.IntVar(&o.lanes, "lanes", 6, "cases at a time")
	flag.IntVar(&o.depth, "depth", 5, "restore backups that are up to so many rotations old")
	flag.BoolVar(&o.keep, "keep", false, "keep the data of all cases")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	violations, err := chaos(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
	}
	if err != nil || violations > 0 {
		os.Exit(1)
	}
}

// chaos makes a world, does all that is to be done there, and prints how it went.
func chaos(ctx context.Context, o options) (violations int, err error) {
	w, err := newWorld(ctx, o.lanes)
	if err != nil {
		return 0, err
	}
	fmt.Printf("seed %d\n", o.seed)
	began := time.Now()
	r, err := run(ctx, w, o)
	r.print(os.Stdout)
	fmt.Printf("seed %d, in %v\n", o.seed, time.Since(began).Round(time.Second))
	keep := o.keep || len(r.violations) > 0
	if keep {
		fmt.Printf("the data is in %s\n", w.dir)
	}
	return len(r.violations), errors.Join(err, w.end(keep))
}

// run does all cases, then those of the restores.
func run(ctx context.Context, w *world, o options) (*report, error) {
	r := &report{}
	if err := strikes(ctx, w, r, o); err != nil {
		return r, err
	}
	if o.only < 0 {
		if err := restores(ctx, w, r, o); err != nil {
			return r, err
		}
	}
	if n := w.known.in([]byte(w.pg.Log())); n > 0 {
		r.violations = append(r.violations, fmt.Sprintf("PostgreSQL's log has %d passwords", n))
	}
	return r, ctx.Err()
}

// strikes does cases until there were enough kills.
func strikes(ctx context.Context, w *world, r *report, o options) error {
	if o.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.limit)
		defer cancel()
	}
	var group errgroup.Group
	group.SetLimit(o.lanes)
	enough := make(chan struct{}, 1)
	for n := max(o.only, 0); (o.kills > 0 || o.only >= 0) && ctx.Err() == nil && len(enough) == 0; n++ {
		p := planOf(o.seed, n)
		group.Go(func() error {
			t, err := newTrial(w, p, fmt.Sprintf("case-%d", n))
			if err != nil {
				return err
			}
			err = t.run(context.WithoutCancel(ctx))
			t.close(o.keep || err != nil)
			what := fmt.Sprintf("%s\n  data: %s\n  replay: -seed %d -case %d", p, filepath.Base(t.server.data), o.seed, n)
			if r.add(what, t.outcomes, err) >= o.kills {
				select {
				case enough <- struct{}{}:
				default:
				}
			}
			return nil
		})
		if o.only >= 0 {
			break
		}
	}
	return group.Wait()
}
