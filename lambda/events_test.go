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
	"github.com/alberti-dev/alberti/function"
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

// settled waits until nothing is to do for now, and gives when something is.
func (b *bench) settled(t *testing.T) time.Time {
	t.Helper()
	next, err := b.service.Settle(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return next
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
		if next := b.settled(t); pause == 0 && !next.IsZero() || pause > 0 && !next.Equal(b.Now().Add(pause)) {
			t.Fatalf("after attempt %d: next at %v", attempt, next)
		}
		b.Advance(pause)
		b.service.Wake()
	}
}

// TestEventConfig: what was set for a qualifier counts for its events.
func TestEventConfig(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	none, minute := int64(0), int64(60)
	for name, c := range map[string]struct {
		config function.EventConfig
		runs   int
	}{"no retries": {function.EventConfig{RetryAttempts: &none}, 1}, "a minute": {function.EventConfig{AgeSeconds: &minute}, 2}} {
		err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
			f, err := tx.Function(function.Ref{Region: region, Account: account, Name: "f"})
			if err != nil {
				return err
			}
			return tx.PutFunctionSetting(f, function.Latest, store.EventSetting, c.config)
		})
		if err != nil {
			t.Fatal(err)
		}
		runs := 0
		b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) {
			runs++
			return failed, nil
		})
		stop := b.working(t)
		b.event(t, "{}")
		for next := b.settled(t); !next.IsZero(); next = b.settled(t) {
			b.Advance(next.Sub(b.Now()))
		}
		stop()
		if runs != c.runs {
			t.Errorf("%s: it ran %d times", name, runs)
		}
	}
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
	b.working(t)
	second := <-ran
	if second.RequestID != first.RequestID || string(second.Payload) != "7" || second.ARN != prefix+"function:f:1" || second.Version.Number != 1 {
		t.Errorf("%+v", second)
	}
	answers <- lambda.Outcome{}
	if next := b.settled(t); !next.IsZero() {
		t.Errorf("next at %v", next)
	}
}

// TestEventWaits where it cannot be run, for up to six hours.
func TestEventWaits(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	tries := 0
	b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) {
		tries++
		return lambda.Outcome{}, fault.New(fault.Throttled, "Rate Exceeded.")
	})
	b.working(t)
	b.event(t, "")
	begun := b.Now()
	for next := b.settled(t); !next.IsZero(); next = b.settled(t) {
		b.Advance(next.Sub(b.Now()))
	}
	if age := b.Now().Sub(begun); age < 6*time.Hour || age > 6*time.Hour+5*time.Minute || tries < 70 || tries > 90 { // every five minutes, more often in the first
		t.Errorf("tried %d times in %v", tries, age)
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
	b.settled(t)
	if len(seen) != all || len(ran) != 0 {
		t.Errorf("%d events ran, %d too often", len(seen), len(ran))
	}
}

// TestTooManyEvents: what waits fills the store, and anybody who may invoke can
// queue it.
func TestTooManyEvents(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	b.create(t, "g")
	b.event(t, "1")
	if err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		for i := range lambda.MaxQueued - 1 {
			e := store.Event{Function: 1, RequestID: fmt.Sprint(i)}
			e.Payload.DataKey, e.Payload.Ciphertext = []byte{}, []byte{}
			if err := tx.PutEvent(e); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	r := b.send(t, invocations, "1", "X-Amz-Invocation-Type", "Event")
	if r.status != http.StatusTooManyRequests || r.header.Get("X-Amzn-Errortype") != "TooManyRequestsException" {
		t.Errorf("%+v", r)
	}
	if r := b.send(t, strings.Replace(invocations, "/f/", "/g/", 1), "1", "X-Amz-Invocation-Type", "Event"); r.status != http.StatusAccepted {
		t.Errorf("another function: %+v", r)
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
