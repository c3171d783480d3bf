package lambda_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/store"
)

// working runs the service's events until the test ends, or until stop.
func (b *bench) working(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.service.Run(ctx) }()
	done := false
	stop = func() {
		if done {
			return
		}
		done = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// event queues one.
func (b *bench) event(t *testing.T, payload string) string {
	t.Helper()
	r := b.send(t, invocations, payload, "X-Amz-Invocation-Type", "Event", "X-Amz-Log-Type", "Tail")
	if r.status != http.StatusAccepted || r.body != "" || r.header.Get("X-Amz-Executed-Version") != "" || r.header.Get("X-Amz-Log-Result") != "" {
		t.Fatalf("%+v", r)
	}
	return r.header.Get("X-Amzn-Requestid")
}

// queued waits until the queue has a number of events, and gives when the next is due.
func (b *bench) queued(t *testing.T, want bool) time.Time {
	t.Helper()
	for {
		var next time.Time
		err := b.store.View(t.Context(), func(tx *store.Tx) (err error) {
			next, err = tx.NextEvent()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if next.IsZero() == !want {
			return next
		}
	}
}

// reporting has the runner tell of each run, and answer what it is given.
func (b *bench) reporting() (ran chan lambda.Invocation, answers chan lambda.Outcome) {
	ran, answers = make(chan lambda.Invocation), make(chan lambda.Outcome)
	b.runner.does(func(ctx context.Context, i lambda.Invocation) (lambda.Outcome, error) {
		ran <- i
		select {
		case out := <-answers:
			return out, nil
		case <-ctx.Done():
			return lambda.Outcome{}, ctx.Err()
		}
	})
	return ran, answers
}

var failed = lambda.Outcome{FunctionError: "Unhandled", Payload: []byte("{}")}

// TestEventIsRetried twice, after one and two minutes, under the same id, and
// then dropped.
func TestEventIsRetried(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	ran, answers := b.reporting()
	b.working(t)
	id := b.event(t, `{"n":1}`)
	for attempt, pause := range []time.Duration{time.Minute, 2 * time.Minute, 0} {
		i := <-ran
		if i.RequestID != id || string(i.Payload) != `{"n":1}` || i.ARN != prefix+"function:f" {
			t.Fatalf("attempt %d: %+v", attempt, i)
		}
		answers <- failed
		if pause == 0 {
			break
		}
		due := b.Now().Add(pause)
		for !b.queued(t, true).Equal(due) { // until it is given back
		}
		b.Advance(pause)
		b.service.Wake()
	}
	b.queued(t, false)
}

// TestEventSurvives the end of the server in its middle.
func TestEventSurvives(t *testing.T) {
	b := newBench(t)
	b.create(t, "f", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	ran, answers := b.reporting()
	stop := b.working(t)
	if _, err := b.Client.Invoke(t.Context(), &sdk.InvokeInput{
		FunctionName: aws.String("f"), Qualifier: aws.String("1"), InvocationType: types.InvocationTypeEvent, Payload: []byte("7"),
	}); err != nil {
		t.Fatal(err)
	}
	first := <-ran
	stop()
	b.queued(t, true)
	b.working(t)
	second := <-ran
	if second.RequestID != first.RequestID || string(second.Payload) != "7" || second.ARN != prefix+"function:f:1" || second.Version.Number != 1 {
		t.Errorf("%+v", second)
	}
	answers <- lambda.Outcome{}
	b.queued(t, false)
}

// TestEventWaits where it cannot be run, for up to six hours.
func TestEventWaits(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	tries := make(chan struct{}, 1000)
	b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) {
		tries <- struct{}{}
		return lambda.Outcome{}, fault.New(fault.Throttled, "Rate Exceeded.")
	})
	b.working(t)
	b.event(t, "")
	begun := b.Now()
	n := 0
	for {
		<-tries
		n++
		if b.Now().Sub(begun) >= 6*time.Hour {
			break
		}
		var due time.Time
		for due = b.queued(t, true); due.Sub(b.Now()) > 6*time.Minute || !due.After(b.Now()); due = b.queued(t, true) { // until it is given back
		}
		b.Advance(due.Sub(b.Now()))
		b.service.Wake()
	}
	b.queued(t, false)
	if n < 70 || n > 90 { // every five minutes, more often in the first
		t.Errorf("tried %d times", n)
	}
}

// TestManyEvents all run, each once where nothing fails.
func TestManyEvents(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	ran := make(chan string, 1000)
	b.runner.does(func(_ context.Context, i lambda.Invocation) (lambda.Outcome, error) {
		ran <- string(i.Payload)
		return lambda.Outcome{}, nil
	})
	b.working(t)
	const all = 60
	for i := range all {
		b.event(t, fmt.Sprint(i))
	}
	seen := map[string]bool{}
	for range all {
		seen[<-ran] = true
	}
	b.queued(t, false)
	if len(seen) != all || len(ran) != 0 {
		t.Errorf("%d events ran, %d too often", len(seen), len(ran))
	}
}

func TestEventRefusals(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	large := `"` + strings.Repeat("x", 1<<20) + `"`
	r := b.send(t, invocations, large, "X-Amz-Invocation-Type", "Event")
	if want := fmt.Sprintf(`{"message":"%d byte payload is too large for the Event invocation type (limit 1048576 bytes)"}`, len(large)); r.status != 413 || r.body != want {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.send(t, "POST /2014-11-13/functions/f/invoke-async/", `{"a":1}`); r.status != 202 || r.body != "" {
		t.Errorf("the older way: %+v", r)
	}
	ran := make(chan string, 1)
	b.runner.does(func(_ context.Context, i lambda.Invocation) (lambda.Outcome, error) {
		ran <- string(i.Payload)
		return lambda.Outcome{}, nil
	})
	b.working(t)
	if got := <-ran; got != `{"a":1}` {
		t.Errorf("ran with %s", got)
	}
}
