package restjson

import (
	"cmp"
	"errors"
	"net/http"
	"strconv"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/jsonwrite"
)

// Errors is how a service tells each kind of error. What is missing is told as
// fault.Internal.
type Errors map[fault.Kind]Row

// Row is how one kind of error looks on the wire.
type Row struct {
	Code   string
	Status int
	Member string // of the text: Message or message
	Type   bool   // whether the body says whose fault it is
}

// internalText is all that a client learns of an error of ours.
const internalText = "An error occurred and the request cannot be processed."

// Code is the error code that a client sees for err.
func (e Errors) Code(err error) string { return e.row(err).Code }

// Message is the text that a client sees for err.
func (e Errors) Message(err error) string {
	if _, known := e[fault.KindOf(err)]; !known || fault.KindOf(err) == fault.Internal {
		return internalText
	}
	return fault.Message(err)
}

func (e Errors) row(err error) Row {
	row, ok := e[fault.KindOf(err)]
	if !ok {
		row = e[fault.Internal]
	}
	if row.Type {
		var plain *Untyped
		row.Type = !errors.As(err, &plain)
	}
	return row
}

// Untyped marks an error whose body does not say whose fault it is although its
// kind's do.
type Untyped struct{ Err error }

// Error gives the error's text.
func (u *Untyped) Error() string { return u.Err.Error() }

// Unwrap gives the error.
func (u *Untyped) Unwrap() error { return u.Err }

// Throttled is why a call was refused for now.
type Throttled struct {
	Reason string // as in ConcurrentInvocationLimitExceeded
	Err    error
	// RetryAfter is in seconds, 0 to leave it out.
	RetryAfter int
}

// Error gives the error's text.
func (t *Throttled) Error() string { return t.Err.Error() }

// Unwrap gives the error.
func (t *Throttled) Unwrap() error { return t.Err }

// append appends the body of an error.
func (e Errors) append(b []byte, err error) []byte {
	row := e.row(err)
	w := jsonwrite.Writer{Buf: b}
	w.Open("")
	if row.Type {
		side := "User"
		if row.Status >= http.StatusInternalServerError {
			side = "Service"
		}
		w.Text("Type", side)
	}
	w.Text(cmp.Or(row.Member, "message"), e.Message(err))
	var t *Throttled
	if errors.As(err, &t) {
		w.Option("Reason", t.Reason)
	}
	w.Close()
	return w.Buf
}

// headers sets what an error tells beside its body.
func (e Errors) headers(h http.Header, err error) {
	h.Set("X-Amzn-Errortype", e.Code(err))
	var t *Throttled
	if errors.As(err, &t) && t.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(t.RetryAfter))
	}
}
