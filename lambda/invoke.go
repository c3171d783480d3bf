package lambda

import (
	"context"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/restjson"
	"github.com/alberti-dev/alberti/store"
)

// InvokeInput asks for a function to be run (lambda.md, 2.7).
type InvokeInput struct {
	Qualifier      *string               `json:"Qualifier"`
	FunctionName   *string               `json:"FunctionName"`
	InvocationType *string               `json:"InvocationType"`
	LogType        *string               `json:"LogType"`
	ClientContext  awsjson.Sensitive     `json:"ClientContext"`
	Payload        awsjson.SensitiveBlob `json:"Payload"`
}

// InvokeOutput is how it ended. A function that failed is a success with a
// FunctionError.
type InvokeOutput struct {
	StatusCode      *int64                `json:"StatusCode"`
	FunctionError   *string               `json:"FunctionError"`
	LogResult       awsjson.Sensitive     `json:"LogResult"`
	Payload         awsjson.SensitiveBlob `json:"Payload"`
	ExecutedVersion *string               `json:"ExecutedVersion"`
}

const (
	event  = "Event"
	dryRun = "DryRun"
)

func (s *Service) invoke(c *call, in *InvokeInput) (*InvokeOutput, error) {
	payload, err := checkPayload(in.Payload.Reveal())
	if err != nil {
		return nil, err
	}
	switch text(in.InvocationType) {
	case event:
		return s.enqueue(c, in, payload)
	case dryRun:
		_, err := s.invoked(c, in)
		return status(http.StatusNoContent), err
	}
	for range looks {
		out, err := s.invokeNow(c, in, payload)
		if !errors.Is(err, errCodeGone) {
			return out, err
		}
	}
	return nil, errCodeGone
}

// looks is how often a function is looked at whose code is replaced before it can
// be fetched: it was not run then, and what is to be run is what it is now.
const looks = 5

func (s *Service) invokeNow(c *call, in *InvokeInput, payload []byte) (*InvokeOutput, error) {
	o, err := s.invoked(c, in)
	if err != nil {
		return nil, err
	}
	i := s.invocation(o, payload)
	i.RequestID, i.Trace, i.Foremost = c.RequestID, c.trace, c.inside
	if i.ClientContext, err = readClientContext(in.ClientContext); err != nil {
		return nil, err
	}
	return s.answer(c, in, i)
}

// answer runs a function and says how it ended. It goes on when a client that
// asked has gone: so does AWS, and a function that is cut off leaves its work half
// done. A caller inside the server knows what it does.
func (s *Service) answer(c *call, in *InvokeInput, i Invocation) (*InvokeOutput, error) {
	ctx := c.Ctx
	if !c.inside {
		ctx = context.WithoutCancel(ctx)
	}
	outcome, err := s.runFunction(ctx, i)
	if err != nil {
		return nil, err
	}
	version := i.Version.Name()
	out := status(http.StatusOK)
	out.ExecutedVersion, out.FunctionError = &version, optional(outcome.FunctionError)
	out.Payload, c.private = awsjson.NewSensitiveBlob(outcome.Payload), outcome.Private
	if text(in.LogType) == "Tail" {
		out.LogResult = awsjson.NewSensitive(base64.StdEncoding.EncodeToString(outcome.Log))
	}
	return out, nil
}

func status(code int64) *InvokeOutput { return &InvokeOutput{StatusCode: &code} }

// invoked opens the function that is to be run.
func (s *Service) invoked(c *call, in *InvokeInput) (*opened, error) {
	return door.View(c, func(tx *store.Tx) (*opened, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err == nil {
			err = o.resolved()
		}
		if err == nil {
			err = o.route(tx)
		}
		return o, err
	})
}

// route sends a share of the invocations of an alias to another version.
func (o *opened) route(tx *store.Tx) error {
	if o.alias == nil {
		return nil
	}
	draw := rand.Float64()
	for name, share := range o.alias.Routing {
		if draw -= share; draw >= 0 {
			continue
		}
		number, _ := function.Ref{Qualifier: name}.Number()
		v, err := tx.FunctionVersion(o.Function, number)
		if err == nil && v != nil {
			o.version = v
		}
		return err
	}
	return nil
}

const maxContext = 3583 // bytes of a client context in base64

var errContext = fault.New(fault.InvalidContent, "Client context must be a valid Base64-encoded JSON object.")

func readClientContext(given awsjson.Sensitive) (string, error) {
	if given.IsZero() {
		return "", nil
	}
	decoded, err := base64.StdEncoding.DecodeString(given.Reveal())
	if err != nil || len(given.Reveal()) > maxContext || jsontext.Value(decoded).Kind() != '{' || !jsontext.Value(decoded).IsValid() {
		return "", errContext
	}
	return string(decoded), nil
}

// invocation is what the runner is told, but for whose request it is.
func (s *Service) invocation(o *opened, payload []byte) Invocation {
	f, v := o.Function, o.version
	i := Invocation{
		Function: f, Version: v, ARN: o.ref.QualifiedARN(), Payload: payload,
		Code:        func(ctx context.Context) ([]byte, error) { return s.code(ctx, f.Ref().ARN(), v.Code) },
		Environment: func(ctx context.Context) (map[string]string, error) { return s.environment(ctx, f, v) },
	}
	for _, l := range v.Layers {
		i.Layers = append(i.Layers, InvocationLayer{l.ARN, func(ctx context.Context) ([]byte, error) {
			return s.code(ctx, layerARN(l.ARN), l.Code)
		}})
	}
	return i
}

// grace is what an invocation may take beyond its timeout: for the environment
// to start, and for the runner to notice.
const grace = 30 * time.Second

// runFunction runs a function to its end, or until the context ends.
func (s *Service) runFunction(ctx context.Context, i Invocation) (Outcome, error) {
	end, err := s.running.begin(i.Function)
	if err != nil {
		return Outcome{}, err
	}
	defer end()
	limit := time.Duration(i.Version.Config.Timeout)*time.Second + grace
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	out, err := s.Runner.Invoke(ctx, i)
	var why *restjson.Throttled
	if fault.KindOf(err) == fault.Throttled && !errors.As(err, &why) {
		err = &restjson.Throttled{Reason: accountExceeded, Err: err}
	}
	return out, err
}
