package lambda_test

import (
	"context"
	"testing"
)

// TestRunEndsAtOnce: a server that is told to stop before it has well begun ends
// in order.
func TestRunEndsAtOnce(t *testing.T) {
	b := newBench(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.service.Run(ctx); err != nil {
		t.Error(err)
	}
}
