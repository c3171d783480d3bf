package logs

import (
	"context"
	"slices"
	"time"

	"github.com/alberti-dev/alberti/store"
)

// walk is a way through the lines of a group, in the order of their places or
// against it.
type walk struct {
	group    *store.LogGroup
	streams  []string // nil for all
	prefix   string   // of the streams' names
	from, to int64    // milliseconds since 1970, both included
	gap      *place   // where to start; nil for the beginning, or the end
	backward bool
}

// lastMoment is the last millisecond that is asked for: of the year 9999.
const lastMoment = 253402300799999

// chunksAtOnce are read in one go. A reader of the store is not held for longer,
// because those who read secrets need it too.
const chunksAtOnce = 16

// run hands over the lines on the way until each has had enough. Chunks overlap,
// so lines wait until no chunk that is still to come can have one before them.
func (s *Service) run(ctx context.Context, w walk, each func(event) (more bool)) error {
	q := store.LogChunks{
		Group: w.group.Key, Streams: w.streams, Prefix: w.prefix, Descending: w.backward, Limit: chunksAtOnce,
		From: time.UnixMilli(w.from), To: time.UnixMilli(w.to),
	}
	q.From, q.To = w.narrowed(q.From, q.To)
	var waiting []event
	for {
		var found []store.LogChunk
		err := s.Store.View(ctx, func(tx *store.Tx) (err error) {
			found, err = tx.LogChunks(q)
			return err
		})
		if err != nil {
			return err
		}
		for _, c := range found {
			ready := w.ready(waiting, c)
			for _, e := range waiting[:ready] {
				if !each(e) {
					return nil
				}
			}
			if waiting, err = s.join(ctx, w, waiting[ready:], c); err != nil {
				return err
			}
			q.After = &store.LogChunk{Key: c.Key, First: c.First, Last: c.Last}
		}
		if len(found) < q.Limit {
			break
		}
	}
	for _, e := range waiting {
		if !each(e) {
			break
		}
	}
	return nil
}

// narrowed leaves out of a time what lies on the other side of the gap.
func (w walk) narrowed(from, to time.Time) (time.Time, time.Time) {
	switch {
	case w.gap == nil:
	case w.backward:
		to = time.UnixMilli(min(w.to, w.gap.at))
	default:
		from = time.UnixMilli(max(w.from, min(w.gap.at, lastMoment)))
	}
	return from, to
}

// ready is how many of the lines that wait come before all of a chunk, and of
// those that follow it.
func (w walk) ready(waiting []event, c store.LogChunk) int {
	first, last := c.First.UnixMilli(), c.Last.UnixMilli()
	for i, e := range waiting {
		if !w.backward && e.at >= first || w.backward && e.at <= last {
			return i
		}
	}
	return len(waiting)
}

// join adds the lines of a chunk that are asked for to those that wait.
func (s *Service) join(ctx context.Context, w walk, waiting []event, c store.LogChunk) ([]event, error) {
	g := Group{w.group.Account, w.group.Region, w.group.Name}
	opened, err := openChunk(ctx, s.Ring, g, c)
	if err != nil {
		return nil, err
	}
	for _, e := range opened {
		if e.at >= w.from && e.at <= w.to && w.beyondGap(e.place) {
			waiting = append(waiting, e)
		}
	}
	slices.SortFunc(waiting, func(a, b event) int {
		if w.backward {
			return b.place.compare(a.place)
		}
		return a.place.compare(b.place)
	})
	return waiting, nil
}

func (w walk) beyondGap(p place) bool {
	return w.gap == nil || (p.compare(*w.gap) < 0) == w.backward
}
