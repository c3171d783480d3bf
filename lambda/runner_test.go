package lambda_test

import (
	"context"
	"sync"

	"github.com/alberti-dev/alberti/lambda"
)

// fakeRunner runs what a test says, and keeps what it was asked.
type fakeRunner struct {
	mu    sync.Mutex
	run   func(context.Context, lambda.Invocation) (lambda.Outcome, error)
	asked []lambda.Invocation
}

// echo returns the event.
func echo(_ context.Context, i lambda.Invocation) (lambda.Outcome, error) {
	return lambda.Outcome{Payload: i.Payload}, nil
}

func newFakeRunner() *fakeRunner { return &fakeRunner{run: echo} }

// does says what functions do from now on; nil has them return their event.
func (r *fakeRunner) does(run func(context.Context, lambda.Invocation) (lambda.Outcome, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.run = run; run == nil {
		r.run = echo
	}
}

// last is what was asked last.
func (r *fakeRunner) last() lambda.Invocation {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[len(r.asked)-1]
}

func (r *fakeRunner) Invoke(ctx context.Context, i lambda.Invocation) (lambda.Outcome, error) {
	r.mu.Lock()
	r.asked = append(r.asked, i)
	run := r.run
	r.mu.Unlock()
	return run(ctx, i)
}
