package logs

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// What is taken of one environment: so much at once, and so much a second after
// that. What a line costs beside its text bounds lines that have none.
const (
	burst    = 512 << 10
	rate     = 64 << 10
	lineCost = 64
)

// maxLine is the longest text of one event; a longer line is cut into several.
const maxLine = 64 << 10

// buffer has the lines of one stream that are not in the store yet.
type buffer struct {
	lines    []event
	writing  []event // those that are on their way there
	left     int     // that may be taken at the moment
	measured time.Time
	dropped  dropped
	said     dropped // what the lines on their way are followed by
}

// dropped is what was left out since the lines were last written down.
type dropped struct {
	lines, bytes int
	since        time.Time
}

// refill lets more be taken as time goes by. A clock that is put back gives
// nothing, and takes nothing.
func (b *buffer) refill(now time.Time) {
	if passed := now.Sub(b.measured); passed > 0 {
		b.left = int(min(burst, int64(b.left)+min(passed, time.Minute).Milliseconds()*rate/1000))
	}
	b.measured = now
}

// drop notes that a text was left out.
func (b *buffer) drop(at time.Time, text string) {
	if b.dropped.lines == 0 {
		b.dropped.since = at
	}
	b.dropped.lines++
	b.dropped.bytes += len(text)
}

// notice is the line that tells of it.
func (d dropped) notice() event {
	return event{at: millis(d.since), message: fmt.Sprintf(
		"[alberti] %d lines were left out from here on, %d bytes: no more than %d KiB a second are kept of one environment, and less while the server is busy\n",
		d.lines, d.bytes, rate>>10)}
}

// plus adds what was left out later.
func (d dropped) plus(later dropped) dropped {
	if d.lines == 0 {
		return later
	}
	return dropped{d.lines + later.lines, d.bytes + later.bytes, d.since}
}

// take gives the lines there are, with a word on what was left out.
func (b *buffer) take() []event {
	b.writing, b.lines = b.lines, nil
	b.said, b.dropped = b.dropped, dropped{}
	if b.said.lines == 0 {
		return b.writing
	}
	return append(slices.Clip(b.writing), b.said.notice())
}

// settle forgets what was taken or, when it could not be written down, takes it
// back. It gives the cost of the lines that it forgot.
func (b *buffer) settle(err error) (freed int) {
	if err != nil {
		b.lines, b.dropped = append(b.writing, b.lines...), b.said.plus(b.dropped)
	} else {
		for _, e := range b.writing {
			freed += costOf(e.message)
		}
	}
	b.writing, b.said = nil, dropped{}
	return freed
}

func costOf(message string) int { return len(message) + lineCost }

// idle tells whether nothing would be lost with the buffer.
func (b *buffer) idle() bool {
	return len(b.lines) == 0 && b.writing == nil && b.dropped.lines == 0 && b.left == burst
}

// cut gives the text of the next event of a line and the rest of the line. Bytes
// that are no text are replaced: the wire has none.
func cut(line string) (message, rest string) {
	end := min(len(line), maxLine)
	for end < len(line) && end > maxLine-utf8.UTFMax && !utf8.RuneStart(line[end]) {
		end--
	}
	return strings.ToValidUTF8(line[:end], "\uFFFD") + "\n", line[end:]
}
