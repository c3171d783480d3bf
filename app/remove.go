package app

import (
	"context"
	"log/slog"
	"time"
)

// remover removes deleted secrets when their recovery window is over. It looks
// now and then, not at the second: AWS removes them at any time after the date.
type remover struct {
	remove func(context.Context) (next time.Time, err error)
	now    func() time.Time
	log    *slog.Logger
}

const (
	soonest = time.Second // between two looks, also when something goes wrong
	latest  = time.Minute // however far the next date is: clocks step
)

// run removes until the context ends.
func (r remover) run(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := r.remove(ctx)
		if err != nil && ctx.Err() == nil {
			r.log.Error("removing deleted secrets", "error", err)
		}
		pause := latest
		if err == nil && !next.IsZero() {
			pause = min(max(next.Sub(r.now()), soonest), latest)
		}
		nap(ctx, pause)
	}
}
