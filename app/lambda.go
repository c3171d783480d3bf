package app

import (
	"context"
	"crypto/cipher"
	"maps"
	"net/http"
	"slices"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/lambda"
)

// newFunctions makes the API of the functions that users bring.
func (a *App) newFunctions(ring *keyring.Ring, pages cipher.AEAD, builtin functions, who *authenticator) (handler http.Handler, err error) {
	a.functions, err = lambda.New(lambda.Config{
		Store: a.store, Ring: ring, Trail: a.trail, Pages: pages, Runner: noRunner{}, CanAssume: anyRole,
		Builtin: slices.Collect(maps.Keys(builtin)), Committed: a.shipper.notify, Log: a.config.Log,
	})
	if err != nil {
		return nil, err
	}
	return a.functions.Handler(who.to("lambda"))
}

// anyRole lets Lambda assume every role that has the form of one: there are no
// roles to look at yet.
func anyRole(context.Context, string, string) error { return nil }

// noRunner refuses to run functions, which this server has no runtime for yet.
type noRunner struct{}

func (noRunner) Invoke(_ context.Context, i lambda.Invocation) (lambda.Outcome, error) {
	return lambda.Outcome{}, fault.New(fault.InvalidRuntime, "There is nothing here yet to run %s with.", i.Version.Config.Runtime)
}
