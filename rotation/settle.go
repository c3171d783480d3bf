package rotation

import (
	"context"
	"time"
)

// settled is how things stand when nothing is under way and nothing is due.
type settled struct {
	next time.Time
	err  error
}

// Settle has everything done that is due by now, waits until it is, and tells
// when there will next be something to do: zero when nothing is planned. It
// needs Run to run. What cannot be done, as the store fails, is its error; a
// rotation that fails is done until its next attempt.
func (r *Runner) Settle(ctx context.Context) (next time.Time, err error) {
	ask := make(chan settled, 1)
	select {
	case r.asks <- ask:
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
	select {
	case s := <-ask:
		return s.next, s.err
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// tellSettled answers those who wait for the runner to settle, after a round. A
// rotation under way must end first; none can begin meanwhile, for only the loop
// that calls this claims any.
func (r *Runner) tellSettled(ctx context.Context, failed error) {
	if len(r.waiting) == 0 || failed == nil && len(r.idle) < r.Workers {
		return
	}
	s := settled{err: failed}
	if failed == nil {
		var now time.Time
		if s.next, now, s.err = r.nextDue(ctx); s.err == nil && !s.next.IsZero() && !s.next.After(now) {
			r.Wake() // became due a moment ago
			return
		}
	}
	for _, ask := range r.waiting {
		ask <- s
	}
	r.waiting = nil
}
