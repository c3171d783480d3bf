package app

import (
	"context"
	"crypto/cipher"
	"maps"
	"net/http"
	"slices"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/lambda/environment"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/store"
)

// newFunctions makes the API of the functions that users bring, and what runs them.
func (a *App) newFunctions(ring *keyring.Ring, pages cipher.AEAD, found *finder, who *authenticator) (http.Handler, error) {
	c := a.config
	a.environments = &environments{
		sessions: a.sessions, endpoint: "http://" + a.inside.Addr().String(),
		config: environment.Config{
			Dir: c.functionsPath(), Now: c.Now, Log: c.Log, IdleAfter: c.FunctionIdle, MaxEnvironments: c.FunctionEnvironments, FirstUID: c.FunctionUID,
			Enclose: c.EncloseFunction, Reach: []string{a.inside.Addr().String()},
			Sink: func(l environment.LogLine) {
				a.logs.Write(logs.Group{Account: l.Account, Region: l.Region, Name: l.Group}, l.Stream, l.Time, l.Message)
			},
		},
	}
	var err error
	a.functions, err = lambda.New(lambda.Config{
		Base: a.base(), Ring: ring, Pages: pages, Runner: a.environments, CanAssume: a.sessions.CanAssume,
		Builtin: slices.Collect(maps.Keys(found.builtin)),
	})
	if err != nil {
		return nil, err
	}
	found.lambda = a.functions
	return a.functions.Handler(who.to("lambda"))
}

// readyForFunctions finds out at the start what this host has to isolate functions,
// where there are any: what it lacks is in the log before the first is run.
func (a *App) readyForFunctions(ctx context.Context) {
	var some bool
	err := a.store.View(ctx, func(tx *store.Tx) (err error) {
		some, err = tx.HasFunctions()
		return err
	})
	if err == nil && some {
		_, err = a.environments.open()
	}
	if err != nil && ctx.Err() == nil {
		a.config.Log.Error("functions cannot be run", "error", err)
	}
}
