package lambda

import (
	"context"

	"github.com/alberti-dev/alberti/function"
)

// Runner runs the code of functions.
type Runner interface {
	// Invoke runs a function once, and waits for it. A function that fails is an
	// outcome; an error is why it was not run: of the kind fault.Throttled where
	// too much runs, fault.InvalidRuntime where there is nothing to run it with,
	// fault.InvalidZip where its code cannot be unpacked.
	Invoke(ctx context.Context, i Invocation) (Outcome, error)
}

// Invocation is one call of a function.
type Invocation struct {
	Function *function.Function
	// Version is what is run. Environments that were started for a version are
	// good for as long as its Build is the same.
	Version       *function.Version
	ARN           string // as invoked, with the qualifier if one was given
	RequestID     string
	Payload       []byte // JSON
	ClientContext string // JSON, "" for none
	Trace         string // X-Amzn-Trace-Id, "" for none
	Foremost      bool   // for a service: others must leave it some room

	// What follows is asked for when an environment is started, and not before.

	// Code gives the deployment package, a zip.
	Code func(context.Context) ([]byte, error)
	// Environment gives the function's own variables.
	Environment func(context.Context) (map[string]string, error)
	Layers      []InvocationLayer // in the order in which they are laid over each other
}

// InvocationLayer is a layer of a function that is run.
type InvocationLayer struct {
	ARN  string
	Code func(context.Context) ([]byte, error)
}

// MaxLog is how much of a log an invocation answers with: of a longer one it is the
// end, which may begin within a word (lambda.md, 2.7).
const MaxLog = 4 << 10

// Outcome is how a function ended.
type Outcome struct {
	Payload []byte // what it returned, or what there is to say of its failure: JSON
	// FunctionError is "Unhandled" where it failed, else "".
	FunctionError string
	Log           []byte // the end of its log, at most MaxLog bytes
	// Private are texts that it was given and that only it may tell: credentials,
	// and the values of its variables.
	Private []string
}
