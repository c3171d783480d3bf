package logs

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// event is one line of a log.
type event struct {
	at      int64 // milliseconds since 1970
	message string

	// As it was read:
	place    place
	stream   string
	ingested time.Time
}

// place is where a line stands, and a place between lines: before the line that
// it names. Lines of one time follow each other as they were written down.
type place struct {
	at    int64 // milliseconds since 1970
	chunk int64
	index int
}

func (p place) compare(q place) int {
	return cmp.Or(cmp.Compare(p.at, q.at), cmp.Compare(p.chunk, q.chunk), cmp.Compare(p.index, q.index))
}

// behind is the place after the line at p.
func (p place) behind() place { return place{p.at, p.chunk, p.index + 1} }

// The digits of a place; with 56 of them it looks as AWS's ids of events do, and
// sorts as places do.
const (
	atDigits, chunkDigits, indexDigits = 19, 19, 18
	placeDigits                        = atDigits + chunkDigits + indexDigits
)

// String is the id of the event at a place.
func (p place) String() string {
	return fmt.Sprintf("%0*d%0*d%0*d", atDigits, p.at, chunkDigits, p.chunk, indexDigits, p.index)
}

// parsePlace reads what String wrote.
func parsePlace(text string) (p place, ok bool) {
	if len(text) != placeDigits {
		return p, false
	}
	var failed error
	number := func(digits int) int64 {
		n, err := strconv.ParseUint(text[:digits], 10, 63)
		text, failed = text[digits:], errors.Join(failed, err)
		return int64(n)
	}
	p.at, p.chunk, p.index = number(atDigits), number(chunkDigits), int(number(indexDigits))
	return p, failed == nil
}

// encodeEvents writes lines, which are in the order of their times, one after the
// other: milliseconds since the line before, length, text.
func encodeEvents(events []event) []byte {
	var b []byte
	last := events[0].at
	for _, e := range events {
		b = binary.AppendUvarint(b, uint64(e.at-last))
		b = binary.AppendUvarint(b, uint64(len(e.message)))
		b, last = append(b, e.message...), e.at
	}
	return b
}

var errChunk = errors.New("logs: a chunk is not readable")

// decodeEvents reads what encodeEvents wrote; first is the time of the first line.
func decodeEvents(b []byte, first int64) (events []event, err error) {
	number := func() int64 {
		n, length := binary.Uvarint(b)
		if length <= 0 || n > 1<<62 {
			err = errChunk
			return 0
		}
		b = b[length:]
		return int64(n)
	}
	for at := first; len(b) > 0; {
		at += number()
		length := number()
		if err != nil || length > int64(len(b)) {
			return nil, errChunk
		}
		events = append(events, event{at: at, message: string(b[:length])})
		b = b[length:]
	}
	return events, nil
}
