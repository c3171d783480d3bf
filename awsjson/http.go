package awsjson

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"sync"

	"github.com/alberti-dev/alberti/fault"
)

const (
	// maxBody is the largest request: several times what the largest secret
	// value, 64 KiB, can take in JSON.
	maxBody = 1 << 20
	// trustedBody is how much is allocated on a client's mere word.
	trustedBody = 64 << 10
	// maxKeptBuffer keeps a rare long list from staying in the pool for good.
	maxKeptBuffer = 256 << 10
)

var errTooLarge = fault.New(fault.TooLarge, "Request size exceeded %d bytes", maxBody)

// readBody reads a body of up to maxBody bytes, as a rule into a single
// allocation. Of a larger one the rest stays unread and its connection is closed.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if r.ContentLength > maxBody {
		w.Header().Set("Connection", "close") // rather than read on to the next request
		return nil, errTooLarge
	}
	size := min(max(r.ContentLength, 0), trustedBody)
	// ReadFrom wants MinRead free bytes to find the end in.
	b := bytes.NewBuffer(make([]byte, 0, size+bytes.MinRead))
	_, err := b.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil:
		return nil, fault.Wrap(fault.Serialization, err, "")
	}
	return b.Bytes(), nil
}

// buffers holds *bytes.Buffer, wiped: an answer may be a secret.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// answer writes the one answer to a request.
type answer struct {
	w  http.ResponseWriter
	id string
}

// succeed answers with an output. When it gives an error nothing was written.
func (a answer) succeed(output any) error {
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= maxKeptBuffer {
			clear(b.Bytes())
			b.Reset()
			buffers.Put(b)
		}
	}()
	if err := Encode(b, output); err != nil {
		return err
	}
	a.write(http.StatusOK, b.Bytes())
	return nil
}

// fail answers with an error and the status it has in the table.
func (a answer) fail(err error) { a.refuse(table[fault.KindOf(err)].status, err) }

// refuse answers with an error and a status of its own.
func (a answer) refuse(status int, err error) {
	a.w.Header().Set("X-Amzn-Errortype", Code(err))
	a.write(status, appendError(nil, err))
}

func (a answer) write(status int, body []byte) {
	h := a.w.Header()
	h.Set("X-Amzn-Requestid", a.id)
	h.Set("Content-Type", "application/x-amz-json-1.1")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(status)
	a.w.Write(body) // fails only when the client is gone
}
