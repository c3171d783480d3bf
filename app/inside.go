package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
)

// The functions that users bring reach the API on a loopback port of their own,
// without TLS: whatever certificate the server shows to the world, they need not
// be told whom to trust. It is the same API, with the same signatures.

func (a *App) listenInside() (err error) {
	a.inside, err = net.Listen("tcp", "127.0.0.1:0")
	return err
}

// serveFunctions serves that port until the context ends: longer than the rest,
// for rotations under way may need it to come to their end.
func (a *App) serveFunctions(ctx context.Context) {
	server := http.Server{
		ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(a.config.Log.Handler(), slog.LevelWarn),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.TLS = &tls.ConnectionState{} // what never leaves this host is as safe (aws:SecureTransport)
			a.handler.ServeHTTP(w, r)
		}),
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(a.inside); !errors.Is(err, http.ErrServerClosed) {
		a.config.Log.Error("functions cannot reach the API any more", "error", err)
	}
}
