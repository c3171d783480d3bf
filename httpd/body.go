package httpd

import (
	"io"

	"github.com/valyala/fasthttp"
)

// drained is how much of a body that its handler did not want is read so that the
// connection can be used again.
const drained = 256 << 10

// body is the body of a request, on its connection still but for its beginning.
type body struct {
	from io.Reader
	left int64 // bytes, -1 when only its end tells; 0 when it has been read
}

// begin gives the length of the body, -1 when it is not known.
func (b *body) begin(ctx *fasthttp.RequestCtx) int64 {
	b.from, b.left = ctx.RequestBodyStream(), int64(ctx.Request.Header.ContentLength())
	if b.left < -1 || b.from == nil { // it has none
		b.left = 0
	}
	return b.left
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (n int, err error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err = b.from.Read(p)
	switch {
	case b.left > 0:
		b.left -= int64(n)
		if err == io.EOF && b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	case err == io.EOF:
		b.left = 0
	}
	return n, err
}

// Close implements io.Closer; what is left is read by the server.
func (b *body) Close() error { return nil }

// drain reads what the handler left, if it is not much, and tells whether the
// connection has come to the end of the body.
func (b *body) drain() bool {
	if b.left > drained {
		return false
	}
	if b.left != 0 {
		io.CopyN(io.Discard, b, drained)
	}
	b.from = nil
	return b.left == 0
}
