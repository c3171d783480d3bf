package httpd

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/valyala/fasthttp"
)

// exchange is one request and its answer, as net/http shows them to handlers. A
// connection has one, for all its requests in turn.
type exchange struct {
	ctx     *fasthttp.RequestCtx
	request *http.Request
	url     url.URL
	tls     tls.ConnectionState
	fields  fields
	body    body

	header http.Header // of the answer
	status int         // 0 before WriteHeader
}

// serve has the handler answer a request.
func (s *Server) serve(ctx *fasthttp.RequestCtx) {
	x := &connOf(ctx).exchange
	defer x.end()
	if err := x.begin(s.requests, ctx); err != nil {
		refuse(ctx, err)
		ctx.SetConnectionClose()
		return
	}
	defer s.recover(x)
	s.config.Handler.ServeHTTP(x, x.request)
	x.WriteHeader(http.StatusOK)
}

// recover ends the connection of a request whose handler panicked, and nothing else.
func (s *Server) recover(x *exchange) {
	p := recover()
	if p == nil {
		return
	}
	if p != http.ErrAbortHandler {
		s.config.Log.Error("panic", "remote", x.request.RemoteAddr, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	}
	x.ctx.Response.Reset()
	x.ctx.SetStatusCode(http.StatusInternalServerError)
	x.ctx.SetConnectionClose()
}

// begin makes the request that the handler sees.
func (x *exchange) begin(requests context.Context, ctx *fasthttp.RequestCtx) error {
	if x.request == nil {
		x.request = new(http.Request).WithContext(requests)
		x.header = http.Header{}
	}
	x.ctx, x.status = ctx, 0
	r, h := x.request, &ctx.Request.Header
	r.Method, r.RequestURI = methodOf(h), "/"
	r.Header, r.Host = x.fields.read(h)
	r.URL, x.url = &x.url, url.URL{Path: "/"}
	if uri := h.RequestURI(); string(uri) != "/" { // which nearly all are
		if err := x.locate(string(uri)); err != nil {
			return err
		}
	}
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	if !h.IsHTTP11() {
		r.Proto, r.ProtoMinor = "HTTP/1.0", 0
	}
	r.ContentLength = x.body.begin(ctx)
	r.Body = &x.body
	r.Close = h.ConnectionClose()
	r.RemoteAddr = connOf(ctx).remote
	r.TLS = nil
	if state := ctx.TLSConnectionState(); state != nil {
		x.tls = *state
		r.TLS = &x.tls
	}
	return nil
}

// locate takes a path that is not "/", or a whole URL, whose host then counts.
func (x *exchange) locate(uri string) error {
	u, err := url.ParseRequestURI(uri)
	if err != nil {
		return err
	}
	x.url, x.request.RequestURI = *u, uri
	if u.Host != "" {
		x.request.Host = u.Host
	}
	return nil
}

// end makes the connection fit for the next request, and itself for another one.
func (x *exchange) end() {
	if !x.body.drain() {
		x.ctx.SetConnectionClose()
		connOf(x.ctx).unread.Store(true)
	}
	x.ctx = nil
	clear(x.header)
}

// methodOf gives a method without making a string of the usual ones.
func methodOf(h *fasthttp.RequestHeader) string {
	switch method := h.Method(); string(method) {
	case http.MethodPost:
		return http.MethodPost
	case http.MethodGet:
		return http.MethodGet
	default:
		return string(method)
	}
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.header }

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	if x.status != 0 {
		return
	}
	x.status = status
	x.ctx.SetStatusCode(status)
	h := &x.ctx.Response.Header
	for name, values := range x.header {
		switch name {
		case "Content-Length": // is that of what is written
		case "Content-Type":
			h.SetContentType(values[0])
		case "Connection":
			if values[0] == "close" {
				h.SetConnectionClose()
			}
		default:
			for _, v := range values {
				h.Add(name, v)
			}
		}
	}
}

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	x.WriteHeader(http.StatusOK)
	x.ctx.Response.AppendBody(b)
	return len(b), nil
}

// SetReadDeadline is for http.ResponseController: when the rest of the request must
// be there.
func (x *exchange) SetReadDeadline(t time.Time) error { return x.ctx.Conn().SetReadDeadline(t) }

// SetWriteDeadline is for http.ResponseController. There is nothing to do: the time
// for sending an answer begins when it is there.
func (x *exchange) SetWriteDeadline(time.Time) error { return nil }
