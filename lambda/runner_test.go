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

func newFakeRunner() *fakeRunner {
	return &fakeRunner{run: func(_ context.Context, i lambda.Invocation) (lambda.Outcome, error) {
		return lambda.Outcome{Payload: i.Payload}, nil
	}}
}

func (r *fakeRunner) Invoke(ctx context.Context, i lambda.Invocation) (lambda.Outcome, error) {
	r.mu.Lock()
	r.asked = append(r.asked, i)
	run := r.run
	r.mu.Unlock()
	return run(ctx, i)
}
