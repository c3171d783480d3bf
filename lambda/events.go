package lambda

import (
	"net/http"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/store"
)

// Asynchronous invocations are rows: what was answered with 202 is run at least
// once, whatever is killed. One that fails is run twice more; one that cannot be
// run for now waits for up to six hours (lambda.md, 2.7).

const (
	maxEvent = 1 << 20 // bytes of a payload
	// MaxQueued is how many events of one function may wait: it may be one that fails
	// or is never run, and they are kept for hours. AWS's own limit is not known.
	MaxQueued = 5000
)

// room refuses another event of a function that has too many.
func room(tx *store.Tx, f *function.Function) error {
	n, err := tx.QueuedEvents(f.Key)
	if err == nil && n >= MaxQueued {
		err = throttled(accountExceeded)
	}
	return err
}

// InvokeAsyncInput is the older way to ask for an event.
type InvokeAsyncInput struct {
	FunctionName *string               `json:"FunctionName"`
	InvokeArgs   awsjson.SensitiveBlob `json:"InvokeArgs"`
}

// InvokeAsyncOutput is its answer.
type InvokeAsyncOutput struct {
	Status *int64 `json:"Status"`
}

func (s *Service) invokeAsync(c *call, in *InvokeAsyncInput) (*InvokeAsyncOutput, error) {
	payload, err := checkPayload(in.InvokeArgs.Reveal())
	if err != nil {
		return nil, err
	}
	out, err := s.enqueue(c, &InvokeInput{FunctionName: in.FunctionName}, payload)
	if err != nil {
		return nil, err
	}
	return &InvokeAsyncOutput{Status: out.StatusCode}, nil
}

func placeOfEvent(f *function.Function, requestID string) keyring.Context {
	return keyring.Context{SecretARN: f.Ref().ARN(), VersionID: "event " + requestID}
}

// enqueue keeps an event for the workers.
func (s *Service) enqueue(c *call, in *InvokeInput, payload []byte) (*InvokeOutput, error) {
	if len(payload) > maxEvent {
		return nil, fault.New(fault.TooLarge, "%d byte payload is too large for the Event invocation type (limit %d bytes)", len(payload), maxEvent)
	}
	out, err := door.Update(c, func(tx *store.Tx) (*InvokeOutput, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err == nil {
			err = o.resolved()
		}
		if err == nil {
			err = room(tx, o.Function)
		}
		if err != nil {
			return nil, err
		}
		key, err := s.Ring.ManagedBy(c.Ctx, tx, keyAlias, o.Account, o.Region)
		if err != nil {
			return nil, internal(err)
		}
		sealed, err := s.Ring.SealBytes(c.Ctx, key, placeOfEvent(o.Function, c.RequestID), payload)
		if err != nil {
			return nil, internal(err)
		}
		return status(http.StatusAccepted), tx.PutEvent(store.Event{
			Function: o.Key, Qualifier: o.ref.Qualifier, RequestID: c.RequestID, Payload: sealed,
		})
	})
	if err == nil {
		s.Wake()
	}
	return out, err
}
