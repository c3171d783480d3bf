package lambda

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

const (
	// workers is how many events are run at once.
	workers = 16
	// eventLease is how long a worker may have an event in hand: the longest
	// timeout and what comes beside it.
	eventLease = invokeTime + time.Minute
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
	var waiting []chan settled
	for ctx.Err() == nil {
		next, idle, err := w.start(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.Error("running events", "error", err)
		}
		if err != nil || idle && (next.IsZero() || next.After(s.Store.Now())) {
			for _, ask := range waiting {
				ask <- settled{next, err}
			}
			waiting = nil
		}
		if ask := s.nap(ctx, next); ask != nil {
			waiting = append(waiting, ask)
		}
	}
	return nil
}

// settled is what there is to say when nothing is left to do for now.
type settled struct {
	next time.Time
	err  error
}

// Settle has all events run that are due, waits for them, and tells when there
// will next be something to do: zero when nothing is planned. It needs Run to run.
func (s *Service) Settle(ctx context.Context) (next time.Time, err error) {
	ask := make(chan settled, 1)
	select {
	case s.asks <- ask:
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
	select {
	case is := <-ask:
		return is.next, is.err
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// nap waits until there may be something to do: at a time, zero for none. It
// gives who asks to be told when nothing is left, nil for nobody.
func (s *Service) nap(ctx context.Context, next time.Time) chan settled {
	pause := longestNap
	if !next.IsZero() {
		pause = min(max(next.Sub(s.Store.Now()), time.Second), longestNap)
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case ask := <-s.asks:
		return ask
	case <-ctx.Done():
	case <-s.queued:
	case <-timer.C:
	}
	return nil
}

// worker runs the events of one server.
type worker struct {
	s     *Service
	lease string
	all   sync.WaitGroup
	busy  atomic.Int64
}

// start takes the events that are due, as many as there is room for, and tells
// when the next one is, and whether none is under way that could still change
// that: it is asked first, since an event in hand is next when its lease ends.
func (w *worker) start(ctx context.Context) (next time.Time, idle bool, err error) {
	var due []store.Event
	if room := workers - int(w.busy.Load()); room > 0 {
		if due, err = w.claim(ctx, room); err != nil {
			return time.Time{}, false, err
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
	idle = w.busy.Load() == 0
	err = w.s.Store.View(ctx, func(tx *store.Tx) error {
		next, err = tx.NextEvent()
		return err
	})
	return next, idle, err
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
	out, failure := w.s.runEvent(ctx, e)
	if ctx.Err() != nil {
		return // cut off: the lease ends with this server
	}
	err := w.s.Store.Update(ctx, func(tx *store.Tx) error {
		f, err := tx.FunctionByKey(e.Function)
		if err != nil || f == nil { // its events went with it
			return err
		}
		config, err := tx.EventConfigOf(f, e.Qualifier)
		if err != nil {
			return err
		}
		if w.s.again(&e, config, out, failure, tx.Now()) {
			return tx.RetryEvent(e, w.lease)
		}
		return tx.DeleteEvent(e, w.lease)
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

// again tells whether an event is to be run once more, and when: one that failed
// after as many minutes as it was run, one that could not be run for now at
// growing distances. Its configuration says how often and for how long.
func (s *Service) again(e *store.Event, config function.EventConfig, out Outcome, err error, now time.Time) bool {
	age := now.Sub(e.Queued)
	switch {
	case err != nil:
		e.Due = now.Add(min(max(age, time.Second), maxPause))
	case out.FunctionError == "":
		return false
	default:
		e.Attempt++
		e.Due = now.Add(time.Duration(e.Attempt) * time.Minute)
	}
	if e.Attempt > config.Retries() || age >= config.MaxAge() {
		s.Log.Warn("an event was dropped", "request_id", e.RequestID, "attempts", e.Attempt, "age", age, "error", err)
		return false
	}
	return true
}
