// Package httpd serves net/http's handlers over HTTP/1.1 with fasthttp, which
// takes half of the CPU time that net/http's own server takes for a small request.
//
// What a handler must know: the request and what it refers to are the server's
// again when the handler returns, the answer is sent only then, and the request's
// context does not end when the client goes away.
package httpd

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/valyala/fasthttp"
)

// Config is what a server needs; all but TLS is required.
type Config struct {
	Handler     http.Handler
	TLS         *tls.Config   // nil for none; its protocols are set
	ReadTimeout time.Duration // from the first byte of a request to its last, unless the handler moves it
	// WriteTimeout is for sending an answer. A handler may take as long as it likes.
	WriteTimeout time.Duration
	IdleTimeout  time.Duration // between two requests of a connection
	MaxHeader    int           // bytes of a request before its body
	Log          *slog.Logger
}

// Server serves until it is shut down.
type Server struct {
	config   Config
	fast     *fasthttp.Server
	requests context.Context // of all requests
	cut      context.CancelFunc

	mu        sync.Mutex
	down      bool
	listeners []net.Listener
}

// New makes a server.
func New(c Config) *Server {
	s := &Server{config: c}
	s.requests, s.cut = context.WithCancel(context.Background())
	s.fast = &fasthttp.Server{
		Handler:               s.serve,
		ErrorHandler:          refuse,
		ReadTimeout:           c.ReadTimeout,
		WriteTimeout:          c.WriteTimeout,
		IdleTimeout:           c.IdleTimeout,
		ReadBufferSize:        c.MaxHeader,
		Logger:                slog.NewLogLogger(c.Log.Handler(), slog.LevelWarn),
		SecureErrorLogMessage: true, // a request's headers are not for the log
		NoDefaultServerHeader: true,
		NoDefaultContentType:  true,
		CloseOnShutdown:       true,
		// Bodies are the handler's to read, as far as it likes, and to limit.
		StreamRequestBody:            true,
		DisablePreParseMultipartForm: true,
	}
	return s
}

// Serve serves the connections of a listener until the server is shut down, or
// gives why it cannot.
func (s *Server) Serve(l net.Listener) error {
	if l = (listener{l}); !s.take(l) {
		return l.Close()
	}
	if s.config.TLS != nil {
		config := s.config.TLS.Clone()
		config.NextProtos = []string{"http/1.1"}
		l = tls.NewListener(l, config)
	}
	err := s.fast.Serve(l)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down {
		return nil
	}
	return err
}

// take keeps a listener to close at the end, which may have come already.
func (s *Server) take(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, l)
	return !s.down
}

// Shutdown takes no more connections, lets requests under way end and closes their
// connections. When the context ends first it gives its error, and those that are
// left are told by their context.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.cut()
	s.mu.Lock()
	s.down = true
	for _, l := range s.listeners {
		l.Close()
	}
	s.mu.Unlock()
	err := s.fast.ShutdownWithContext(ctx)
	if errors.Is(err, net.ErrClosed) { // the listeners, by us
		err = nil
	}
	return err
}

// refuse answers what is no HTTP request.
func refuse(ctx *fasthttp.RequestCtx, err error) {
	status := http.StatusBadRequest
	switch err := err.(type) {
	case *fasthttp.ErrSmallBuffer:
		status = http.StatusRequestHeaderFieldsTooLarge
	case net.Error:
		if err.Timeout() {
			status = http.StatusRequestTimeout
		}
	}
	ctx.Error(http.StatusText(status)+"\n", status)
}
