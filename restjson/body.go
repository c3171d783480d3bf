package restjson

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/alberti-dev/alberti/fault"
)

const (
	usualMax = 1 << 20
	// trusted is how much is allocated on a client's mere word.
	trusted = 64 << 10
	// largeAtOnce bounds the bytes of large bodies that are being read: nobody
	// knows yet who sends them.
	largeAtOnce = 256 << 20
)

// large has room for the large bodies that are being read, of all handlers. Small
// ones need not wait for them.
var large = semaphore.NewWeighted(largeAtOnce)

// read reads a body of the allowed size, in one piece if the client says how
// long it is and has begun to send it. Of a larger one the rest stays unread and
// its connection is closed.
func (b Body) read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	most := cmp.Or(b.Max, usualMax)
	if r.ContentLength > most {
		w.Header().Set("Connection", "close") // rather than read on to the next request
		return nil, b.refusal()
	}
	if most > usualMax && (r.ContentLength < 0 || r.ContentLength > usualMax) {
		room := min(cmp.Or(max(r.ContentLength, 0), most), largeAtOnce)
		if err := large.Acquire(r.Context(), room); err != nil {
			return nil, err
		}
		defer large.Release(room)
	}
	if err := b.wait(w); err != nil {
		return nil, err
	}
	body, err := gather(http.MaxBytesReader(w, r.Body, most), r.ContentLength)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, b.refusal()
	case err != nil:
		return nil, fault.Wrap(fault.Serialization, err, "")
	}
	return body, nil
}

// refusing is how long a refusal of what took long to arrive may take.
const refusing = 10 * time.Second

func (b Body) wait(w http.ResponseWriter) error {
	if b.Arrival == 0 {
		return nil
	}
	control, until := http.NewResponseController(w), time.Now().Add(b.Arrival)
	return errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(refusing)))
}

func (b Body) refusal() error {
	return cmp.Or(b.TooLarge, fault.New(fault.TooLarge, "Request must be smaller than %d bytes", cmp.Or(b.Max, usualMax)))
}

// gather reads to the end. Once a first part has come, the announced length is
// allocated whole: growing step by step would copy a large body, and hold it
// twice.
func gather(from io.Reader, announced int64) ([]byte, error) {
	first := make([]byte, trusted)
	if announced >= 0 && announced < trusted {
		first = first[:announced]
	}
	n, err := io.ReadFull(from, first)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF) && announced < 0:
		return first[:n], nil
	case err != nil:
		return nil, err
	case announced == int64(n):
		return first, nil
	case announced < 0:
		rest := bytes.NewBuffer(first)
		_, err = rest.ReadFrom(from)
		return rest.Bytes(), err
	}
	body := make([]byte, announced)
	copy(body, first)
	_, err = io.ReadFull(from, body[n:])
	return body, err
}
