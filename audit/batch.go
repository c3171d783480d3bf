package audit

import (
	"runtime"
	"sync"
	"time"
)

// batch is what calls that end at the same moment write together. The first of
// them leads: it writes for all, and all of them wait for that.
type batch struct {
	lines   *[]byte
	calls   int
	written sync.WaitGroup
	err     error
}

// patience is how many batches of a single call, one after the other, show that
// there is no crowd to wait for. One more of as many looks again.
const patience = 16

// gathering is where calls find their batch.
type gathering struct {
	mu    sync.Mutex
	open  *batch // what a call may still join
	alone int    // batches of a single call, since there was a larger one
}

// join adds a line to the batch that is open, or opens one, which the caller has
// to lead. A leader among many had better yield first.
func (g *gathering) join(line []byte) (b *batch, leads, yields bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b = g.open; b == nil {
		b, leads = &batch{lines: batches.Get().(*[]byte)}, true
		b.written.Add(1)
		g.open = b
	}
	*b.lines = append(*b.lines, line...)
	b.calls++
	return b, leads, g.alone < patience || g.alone%patience == 0
}

// close lets nobody else join.
func (g *gathering) close(b *batch) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = nil
	if g.alone++; b.calls > 1 {
		g.alone = 0
	}
}

// lines and batches hold *[]byte in which events are on their way to the file.
var (
	lines   = sync.Pool{New: func() any { return room(usualLine) }}
	batches = sync.Pool{New: func() any { return room(usualBatch) }}
)

func room(size int) *[]byte {
	b := make([]byte, 0, size)
	return &b
}

// keep puts a buffer back, unless it has become too large.
func keep(pool *sync.Pool, b *[]byte, most int) {
	if cap(*b) <= most {
		*b = (*b)[:0]
		pool.Put(b)
	}
}

// Call appends the event of an API call, see the function [Call]. A write costs
// several times what the making of a line does, so calls share it; when it fails,
// all of them do, even those whose lines came to the file.
func (t *Trail) Call(e Event, at time.Time) error {
	line := lines.Get().(*[]byte)
	e.EventType = apiCall
	*line = append(e.appendLine(*line, at), '\n')
	b, leads, yields := t.calls.join(*line)
	keep(&lines, line, maxKeptLine)
	if !leads {
		b.written.Wait()
		return b.err
	}
	if yields {
		runtime.Gosched() // other calls that are under way come as far as this
	}
	t.lead(b)
	return b.err
}

// lead writes a batch, which calls may join for as long as another is written.
func (t *Trail) lead(b *batch) {
	defer b.written.Done()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.calls.close(b)
	t.broken = t.write(*b.lines)
	b.err = t.broken
	keep(&batches, b.lines, maxKeptBatch)
}
