package logs

import (
	"context"
	"time"
)

const (
	// every is the least time between two commits: nobody waits for a log, and
	// those who write secrets share the disk with it.
	every = time.Second
	// afterFailure is how long lines wait when the store takes none.
	afterFailure = 5 * time.Second
	// sweep is how often it is looked for lines that are too old.
	sweep = time.Minute
)

// Run writes lines down until the context ends, and then those that are left.
func (w *Writer) Run(ctx context.Context) {
	sweeps := time.NewTicker(sweep)
	defer sweeps.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case <-sweeps.C:
			w.expire(ctx)
		case <-w.wake:
			nap(ctx, every)
			w.tryFlush(ctx)
		}
	}
	if err := w.flush(context.WithoutCancel(ctx)); err != nil {
		w.Log.Error("the last lines of functions' logs are lost", "error", err)
	}
}

func (w *Writer) tryFlush(ctx context.Context) {
	if err := w.flush(ctx); err != nil && ctx.Err() == nil {
		w.Log.Error("functions' logs wait for the store", "error", err)
		w.notify()
		nap(ctx, afterFailure)
	}
}

// expire removes the lines that are older than Retention.
func (w *Writer) expire(ctx context.Context) {
	for ctx.Err() == nil {
		more, err := w.Store.ExpireLogs(ctx, w.Store.Now().Add(-Retention))
		if err != nil && ctx.Err() == nil {
			w.Log.Error("removing old logs", "error", err)
		}
		if err != nil || !more {
			return
		}
		nap(ctx, every)
	}
}

func nap(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
