package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/alberti-dev/alberti/awsquery"
	"github.com/alberti-dev/alberti/httpd"
	"github.com/alberti-dev/alberti/lambda"
)

// drainTime is how long requests under way may take when the server stops.
const drainTime = 8 * time.Second

const (
	readTimeout  = 30 * time.Second
	writeTimeout = time.Minute
	idleTimeout  = 2 * time.Minute
	maxHeader    = 16 << 10 // of a connection, whose buffer it is
)

// newServer serves AWS's wires on one address.
func (a *App) newServer() *httpd.Server {
	return httpd.New(httpd.Config{
		Handler: a.handler, TLS: a.tls, Log: a.config.Log,
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeader: maxHeader,
	})
}

// newHandler answers requests: what one says that it is decides by which wire.
func (a *App) newHandler(api, query, functions http.Handler) http.Handler {
	probes := http.NewServeMux()
	probes.Handle("/", api) // which refuses all that is not POST /
	probes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, "ok") })
	probes.HandleFunc("GET /readyz", a.ready)
	if a.devClock != nil {
		probes.Handle(ClockPath, a.devClock)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			if awsquery.IsForm(r) {
				query.ServeHTTP(w, r)
				return
			}
			api.ServeHTTP(w, r) // nearly all requests: without a detour
			return
		}
		if lambda.Serves(r.URL.Path) {
			functions.ServeHTTP(w, r)
			return
		}
		probes.ServeHTTP(w, r)
	})
}

func say(w http.ResponseWriter, what string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, what+"\n")
}

// ready tells whether the server can do its work: the store answers and the
// trail can be written.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := errors.Join(a.store.Ready(ctx), a.trail.Ready()); err != nil {
		a.config.Log.Error("not ready", "error", err)
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	say(w, "ready")
}

// tlsConfig reads the certificate; nil without TLS.
func (c Config) tlsConfig() (*tls.Config, error) {
	if c.TLSCert == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, nil
}

func (a *App) serve() error { return a.server.Serve(a.listener) }

// drain lets requests under way end, and cuts off those that do not.
func (a *App) drain() {
	if a.devClock != nil {
		a.devClock.stop()
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := a.server.Shutdown(ctx); err != nil {
		a.config.Log.Warn("requests under way were cut off", "error", err)
	}
}
