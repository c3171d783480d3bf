package awsjson

import (
	"bytes"
	"errors"
	"io"
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

// ReadBody reads a body of up to maxBody bytes. Of a larger one the rest stays
// unread and its connection is closed.
func ReadBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var body []byte
	var err error
	switch n := r.ContentLength; {
	case n > maxBody:
		w.Header().Set("Connection", "close") // rather than read on to the next request
		return nil, errTooLarge
	case n >= 0 && n <= trustedBody:
		body = make([]byte, n)
		_, err = io.ReadFull(r.Body, body) // net/http ends it there
	default:
		// ReadFrom wants MinRead free bytes to find the end in.
		b := bytes.NewBuffer(make([]byte, 0, min(max(n, 0), trustedBody)+bytes.MinRead))
		_, err = b.ReadFrom(http.MaxBytesReader(w, r.Body, maxBody))
		body = b.Bytes()
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil:
		return nil, fault.Wrap(fault.Serialization, err, "")
	}
	return body, nil
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
func (a answer) fail(err error) { a.refuse(rowOf(err).status, err) }

// refuse answers with an error and a status of its own.
func (a answer) refuse(status int, err error) {
	a.w.Header().Set("X-Amzn-Errortype", Code(err))
	a.write(status, appendError(nil, err))
}

// contentType is shared by all answers: net/http sends a copy.
var contentType = []string{"application/x-amz-json-1.1"}

func (a answer) write(status int, body []byte) {
	h := a.w.Header()
	own := [...]string{a.id, strconv.Itoa(len(body))}
	h["X-Amzn-Requestid"], h["Content-Length"] = own[:1:1], own[1:]
	h["Content-Type"] = contentType
	a.w.WriteHeader(status)
	a.w.Write(body) // fails only when the client is gone
}
