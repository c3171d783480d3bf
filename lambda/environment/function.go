// Package environment runs Lambda functions on this host: it starts processes
// that speak the Runtime API (lambda.md, 3), keeps them warm, bounds what they
// use, and isolates them from the server and from each other as far as the host
// allows (Probe tells how far). It knows nothing of the Lambda API or the store.
package environment

import (
	"context"
	"time"
)

// Function is one version of a function, as it is to be run.
type Function struct {
	ARN     string // with its version, unless that is $LATEST
	Name    string
	Version string // "$LATEST" or a number
	Runtime string // as in the API: python3.12, nodejs22.x, provided.al2023
	Handler string

	Timeout     time.Duration
	MemoryMB    int
	TmpMB       int
	Concurrency int // invocations of all its versions at the same time, 0 for no limit of its own

	// Revision changes when the code or the configuration does. An environment
	// runs one revision only; those of another end once they are idle.
	Revision string

	// Network, if not nil, restricts the function to what it names: targets as
	// HOST:PORT, separated by blanks or commas, beside Config.Reach. Where the host
	// cannot hold it to that it is not run.
	Network *string

	// Env gives the variables of a new environment, credentials among them, and
	// when those expire: the environment is not used from then on. The zero time is
	// never. The variables of the platform itself (lambda.md, 3.3) win over these. It
	// must not be nil, nor must Code.
	Env func(context.Context) (variables map[string]string, expires time.Time, err error)

	// Code and Layers give zip archives. They are called when the first
	// environment of a revision starts; later layers overwrite earlier ones.
	Code   func(context.Context) ([]byte, error)
	Layers []func(context.Context) ([]byte, error)
}

// build tells apart what environments are made of.
func (f *Function) build() string {
	if f.Network == nil {
		return f.Revision
	}
	return f.Revision + " restricted to " + *f.Network
}

// Invocation is one event for a function.
type Invocation struct {
	RequestID     string
	InvokedARN    string // with the qualifier, if the caller gave one
	Payload       []byte
	ClientContext string // JSON, "" for none
	Trace         string // an X-Ray trace header; "" has one made
	// Foremost is for what must not wait for others: a quarter of the environments
	// that there may be is kept for it.
	Foremost bool
}

// Outcome is what became of an invocation that was run.
type Outcome struct {
	// Payload is the function's result or, with FunctionError, the description of
	// what went wrong: the function's own words, or those of lambda.md, 2.7.
	Payload       []byte
	FunctionError string // "" or "Unhandled"

	Log          []byte            // the last 4 KiB of the invocation's log
	Given        map[string]string // what Function.Env gave the environment that it ran in
	InitDuration time.Duration     // of a cold start, otherwise 0
	Duration     time.Duration
	MaxMemoryMB  int // resident, over the environment's life; 0 where the host does not tell
}

// LogLine is one event of a log stream. There is a stream for each environment.
type LogLine struct {
	Account, Region string // of the function
	Group, Stream   string
	Time            time.Time // by Config.Now
	Message         string    // with its newline, as the function wrote it
}
