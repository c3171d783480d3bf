package logs

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/store"
)

// maxHeld bounds the lines of all streams that are not in the store yet.
const maxHeld = 4 << 20

// WriterConfig is what a Writer works with; every field is needed.
type WriterConfig struct {
	Store *store.Store
	Ring  *keyring.Ring
	// Limit is how many bytes a group may take up in the store.
	Limit int64
	Log   *slog.Logger
}

// Writer takes the lines of functions and writes them down, all together, once a
// second (run.go).
type Writer struct {
	WriterConfig
	wake chan struct{}
	keys map[Group]keyring.Key // by account and region; of flush alone

	mu      sync.Mutex
	held    int // the cost of all lines
	buffers map[streamID]*buffer
}

type streamID struct {
	Group
	stream string
}

func (s streamID) compare(t streamID) int {
	return cmp.Or(cmp.Compare(s.Account, t.Account), cmp.Compare(s.Region, t.Region), cmp.Compare(s.Name, t.Name), cmp.Compare(s.stream, t.stream))
}

// NewWriter makes a writer; nothing is written down before it runs.
func NewWriter(c WriterConfig) *Writer {
	return &Writer{WriterConfig: c, wake: make(chan struct{}, 1), keys: map[Group]keyring.Key{}, buffers: map[streamID]*buffer{}}
}

// Write takes a line that was printed at a time, with or without its end. It waits
// for nothing, and keeps nothing of line. What is more than may be kept of one
// stream, or of all, is left out, and the log says how much that was.
func (w *Writer) Write(g Group, stream string, at time.Time, line string) {
	now := w.Store.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	id := streamID{g, stream}
	b := w.buffers[id]
	if b == nil {
		b = &buffer{left: burst, measured: now}
		w.buffers[id] = b
	}
	b.refill(now)
	w.notify()
	rest := strings.TrimSuffix(line, "\n")
	for {
		if b.left < lineCost { // before a text is looked at that cannot be kept
			b.drop(at, rest)
			return
		}
		message, after := cut(rest)
		cost := costOf(message)
		if cost > b.left || w.held+cost > maxHeld {
			b.drop(at, rest)
			return
		}
		b.left, w.held = b.left-cost, w.held+cost
		b.lines = append(b.lines, event{at: millis(at), message: message})
		if rest = after; rest == "" {
			return
		}
	}
}

// millis is the time of a line. None is from before 1970, whatever a clock says.
func millis(at time.Time) int64 { return max(at.UnixMilli(), 1) }

func (w *Writer) notify() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// flush writes down what there is, in one commit. What could not be written stays.
func (w *Writer) flush(ctx context.Context) error {
	taken := w.take()
	if len(taken) == 0 {
		return nil
	}
	err := w.write(ctx, taken)
	w.settle(taken, err)
	return err
}

// taken are the lines of one stream on their way to the store.
type taken struct {
	streamID
	events []event
}

// take takes the lines of all streams, in the order of their names.
func (w *Writer) take() (out []taken) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, b := range w.buffers {
		b.refill(w.Store.Now())
		if b.idle() {
			delete(w.buffers, id)
			continue
		}
		if events := b.take(); len(events) > 0 {
			out = append(out, taken{id, events})
		}
	}
	slices.SortFunc(out, func(a, b taken) int { return a.compare(b.streamID) })
	return out
}

func (w *Writer) settle(all []taken, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range all {
		w.held -= w.buffers[t.streamID].settle(err)
	}
}

// write seals lines, beside the store's writer and not on it, and commits them.
func (w *Writer) write(ctx context.Context, all []taken) error {
	var groups []Group
	chunks := map[Group][]store.LogChunk{}
	for _, t := range all {
		key, err := w.key(ctx, t.Group)
		if err != nil {
			return err
		}
		events := slices.Clone(t.events) // which sealing puts in order, and a failure gives back
		sealed, err := sealChunks(ctx, w.Ring, key, t.Group, t.stream, events)
		if err != nil {
			return err
		}
		if chunks[t.Group] == nil {
			groups = append(groups, t.Group)
		}
		chunks[t.Group] = append(chunks[t.Group], sealed...)
	}
	return w.Store.Update(ctx, func(tx *store.Tx) error {
		for _, g := range groups {
			if err := tx.AppendLogs(g.Account, g.Region, g.Name, chunks[g], w.Limit); err != nil {
				return err
			}
		}
		return nil
	})
}

// key is the KMS key of a group's account and region, which is remembered once it
// is known to be in the store.
func (w *Writer) key(ctx context.Context, g Group) (key keyring.Key, err error) {
	place := Group{Account: g.Account, Region: g.Region}
	if key, ok := w.keys[place]; ok {
		return key, nil
	}
	if err := w.Store.Update(ctx, func(tx *store.Tx) (err error) {
		key, err = w.Ring.Managed(ctx, tx, g.Account, g.Region)
		return err
	}); err != nil {
		return keyring.Key{}, err
	}
	w.keys[place] = key
	return key, nil
}
