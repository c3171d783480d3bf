package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/secretsmanager"
)

// drainTime is how long requests under way may take when the server stops.
const drainTime = 8 * time.Second

func newServer(a *App, service, operator *secretsmanager.Service, read *logs.Service, who *authenticator) *http.Server {
	api := &awsjson.Handler[iam.Caller]{
		Authenticate: who.authenticate,
		Logger:       a.config.Log,
		Targets: map[string]awsjson.Target[iam.Caller]{
			"secretsmanager": {Service: service},
			"alberti":        {Service: operator},
			logs.Target:      {Service: read},
		},
	}
	probes := http.NewServeMux()
	probes.Handle("/", api) // which refuses all that is not POST /
	probes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	probes.HandleFunc("GET /readyz", a.ready)
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				api.ServeHTTP(w, r) // nearly all requests: without a detour
				return
			}
			probes.ServeHTTP(w, r)
		}),
		TLSConfig:      a.tls,
		ReadTimeout:    30 * time.Second, // for headers too: one deadline a request instead of two
		WriteTimeout:   60 * time.Second,
		IdleTimeout:    2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
		ErrorLog:       slog.NewLogLogger(a.config.Log.Handler(), slog.LevelWarn),
	}
	if a.config.Dev {
		clock := a.newDevClock()
		probes.Handle(ClockPath, clock)
		server.RegisterOnShutdown(clock.stop)
	}
	return server
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
	w.Write([]byte("ready\n"))
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

func (a *App) serve() error {
	var err error
	if a.tls != nil {
		err = a.server.ServeTLS(a.listener, "", "")
	} else {
		err = a.server.Serve(a.listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// drain lets requests under way end, and cuts off those that do not.
func (a *App) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := a.server.Shutdown(ctx); err != nil {
		return a.server.Close()
	}
	return nil
}
