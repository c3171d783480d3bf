package lambda

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/store"
)

const (
	// workers is how many events are run at once.
	workers = 16
	// eventLease is how long a worker may have an event in hand: the longest
	// timeout and what comes beside it.
	eventLease = invokeTime + time.Minute
	// retries of an event whose function failed; before each a pause, of minutes as
	// many as attempts were made.
	retries = 2
	// maxEventAge is how long an event is kept that cannot be run.
	maxEventAge = 6 * time.Hour
	// maxPause is the longest between two tries to run one.
	maxPause = 5 * time.Minute
	// longestNap is how long the workers sleep at most: other servers queue events
	// too, and clocks step.
	longestNap = time.Minute
)

// Wake tells the workers that there may be an event to run.
func (s *Service) Wake() {
	select {
	case s.queued <- struct{}{}:
	default:
	}
}

// Run runs events until the context ends, and then waits for those under way,
// which are cut off and will be run again.
func (s *Service) Run(ctx context.Context) error {
	if s.Store.Exclusive() { // nobody else can have a lease
		if err := s.Store.Update(ctx, func(tx *store.Tx) error { return tx.ReleaseEvents() }); err != nil && ctx.Err() == nil {
			return err
		}
	}
	w := worker{s: s, lease: uuid.NewString()}
	defer w.all.Wait()
	for ctx.Err() == nil {
		next, err := w.start(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("running events", "error", err)
		}
		s.nap(ctx, next)
	}
	return nil
}

// nap waits until there may be something to do: at a time, zero for none.
func (s *Service) nap(ctx context.Context, next time.Time) {
	pause := longestNap
	if !next.IsZero() {
		pause = min(max(next.Sub(s.Store.Now()), time.Second), longestNap)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.queued:
	case <-timer.C:
	}
}

// worker runs the events of one server.
type worker struct {
	s     *Service
	lease string
	all   sync.WaitGroup
	busy  atomic.Int64
}

// start takes the events that are due, as many as there is room for, and tells
// when the next one is.
func (w *worker) start(ctx context.Context) (next time.Time, err error) {
	var due []store.Event
	if room := workers - int(w.busy.Load()); room > 0 {
		if due, err = w.claim(ctx, room); err != nil {
			return time.Time{}, err
		}
	}
	for _, e := range due {
		w.busy.Add(1)
		w.all.Go(func() {
			w.run(ctx, e)
			w.busy.Add(-1)
			w.s.Wake() // there is room for another
		})
	}
	err = w.s.Store.View(ctx, func(tx *store.Tx) error {
		next, err = tx.NextEvent()
		return err
	})
	return next, err
}

// claim leases events. It writes only when there is one that is due.
func (w *worker) claim(ctx context.Context, room int) (due []store.Event, err error) {
	var next time.Time
	err = w.s.Store.View(ctx, func(tx *store.Tx) error {
		next, err = tx.NextEvent()
		return err
	})
	if err != nil || next.IsZero() || next.After(w.s.Store.Now()) {
		return nil, err
	}
	err = w.s.Store.Update(ctx, func(tx *store.Tx) error {
		due, err = tx.ClaimEvents(w.lease, tx.Now().Add(eventLease), room)
		return err
	})
	return due, err
}

// run runs an event and settles what becomes of it.
func (w *worker) run(ctx context.Context, e store.Event) {
	out, err := w.s.runEvent(ctx, e)
	if ctx.Err() != nil {
		return // cut off: the lease ends with this server
	}
	err = w.s.Store.Update(ctx, func(tx *store.Tx) error {
		if !w.s.again(&e, out, err, tx.Now()) {
			return tx.DeleteEvent(e, w.lease)
		}
		return tx.RetryEvent(e, w.lease)
	})
	if err != nil && ctx.Err() == nil {
		w.s.Log.Error("settling an event", "request_id", e.RequestID, "error", err)
	}
}

// runEvent runs the function that an event is for, as it is now.
func (s *Service) runEvent(ctx context.Context, e store.Event) (Outcome, error) {
	o, err := s.openEvent(ctx, e)
	if err != nil || o == nil {
		return Outcome{}, err
	}
	sealed := e.Payload
	sealed.Ciphertext = append([]byte(nil), sealed.Ciphertext...) // which opening uses up
	payload, err := s.Ring.OpenBytes(ctx, sealed, placeOfEvent(o.Function, e.RequestID))
	if err != nil {
		return Outcome{}, internal(err)
	}
	i := s.invocation(o, payload)
	i.RequestID = e.RequestID
	return s.runFunction(ctx, i)
}

// openEvent finds the version that an event is for; nil when the function has
// been deleted meanwhile.
func (s *Service) openEvent(ctx context.Context, e store.Event) (o *opened, err error) {
	err = s.Store.View(ctx, func(tx *store.Tx) error {
		f, err := tx.FunctionByKey(e.Function)
		if err != nil || f == nil {
			return err
		}
		ref := f.Ref()
		ref.Qualifier = e.Qualifier
		o = &opened{ref: ref, Function: f}
		if err := o.resolve(tx); err != nil {
			return err
		}
		if err := o.resolved(); err != nil {
			return err
		}
		return o.route(tx)
	})
	return o, err
}

// again tells whether an event is to be run once more, and when. One that could
// not be run is tried for hours, at growing distances; one that failed is run
// twice more.
func (s *Service) again(e *store.Event, out Outcome, err error, now time.Time) bool {
	switch age := now.Sub(e.Queued); {
	case err != nil && age < maxEventAge:
		e.Due = now.Add(min(max(age, time.Second), maxPause))
		return true
	case err != nil:
		s.Log.Warn("an event was dropped: it could not be run", "request_id", e.RequestID, "error", err)
		return false
	case out.FunctionError == "":
		return false
	}
	if e.Attempt++; e.Attempt > retries {
		s.Log.Warn("an event was dropped: its function failed", "request_id", e.RequestID, "attempts", e.Attempt)
		return false
	}
	e.Due = now.Add(time.Duration(e.Attempt) * time.Minute)
	return true
}
