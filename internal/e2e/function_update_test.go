package e2e_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

const (
	updates = 5
	callers = 8
)

// TestUpdateUnderLoad: while a function's code is changed, every invocation
// answers, and once an update has been successful only the new code answers.
func TestUpdateUnderLoad(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.author()
	source := func(n int64) files {
		return files{"index.py": fmt.Sprintf("def handler(event, context):\n    return %d\n", n)}
	}
	l := &load{a: a, arn: a.bring("changing", inFiles("python3.12", source(0)))}
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	for range callers {
		running.Go(func() { l.run(ctx, t) })
	}
	for n := int64(1); n <= updates; n++ {
		l.answered(t, 3*callers)
		l.newest.Store(n)
		if _, err := a.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: &l.arn, ZipFile: source(n).zip()}); err != nil {
			t.Fatal(err)
		}
		updated := lambda.NewFunctionUpdatedV2Waiter(a)
		if err := updated.Wait(t.Context(), &lambda.GetFunctionInput{FunctionName: &l.arn}, patience); err != nil {
			t.Fatal(err)
		}
		l.oldest.Store(n)
	}
	l.answered(t, 3*callers)
	stop()
	running.Wait()
	t.Logf("%d invocations during %d updates", l.count.Load(), updates)
}

// load is clients that invoke a function that answers how often it was changed.
type load struct {
	a              *author
	arn            string
	oldest, newest atomic.Int64 // what it may answer now
	count          atomic.Int64 // invocations that were answered well
}

func (l *load) run(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		oldest := l.oldest.Load()
		out, err := l.a.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &l.arn}, func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
		if err != nil || out.FunctionError != nil {
			t.Errorf("an invocation was lost: %v, %+v", err, out)
			return
		}
		n, err := strconv.ParseInt(string(out.Payload), 10, 64)
		if newest := l.newest.Load(); err != nil || n < oldest || n > newest {
			t.Errorf("code %s answered, want one of %d to %d", out.Payload, oldest, newest)
			return
		}
		l.count.Add(1)
	}
}

// answered waits until so many more invocations have been.
func (l *load) answered(t *testing.T, n int64) {
	t.Helper()
	want := l.count.Load() + n
	eventually(t, "invocations", func() (bool, any) { return l.count.Load() >= want || t.Failed(), l.count.Load() })
}
