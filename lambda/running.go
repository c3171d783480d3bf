package lambda

import (
	"sync"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/restjson"
)

// running counts the invocations that are under way on this server.
type running struct {
	mu  sync.Mutex
	of  map[int64]int64 // by the key of the function
	all int64
}

// Why an invocation is refused for now (lambda.md, 2.7).
const (
	reservedExceeded = "ReservedFunctionConcurrentInvocationLimitExceeded"
	accountExceeded  = "ConcurrentInvocationLimitExceeded"
)

// throttled refuses an invocation for now.
func throttled(reason string) error {
	return &restjson.Throttled{Reason: reason, Err: fault.New(fault.Throttled, "Rate Exceeded.")}
}

// begin counts an invocation in, unless there are as many as there may be. The
// function that it gives counts it out.
func (r *running) begin(f *function.Function) (end func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case f.Reserved != nil && r.of[f.Key] >= *f.Reserved:
		return nil, throttled(reservedExceeded)
	case r.all >= accountConcurrency:
		return nil, throttled(accountExceeded)
	}
	r.of[f.Key]++
	r.all++
	return func() { r.end(f.Key) }, nil
}

func (r *running) end(key int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all--
	if r.of[key]--; r.of[key] == 0 {
		delete(r.of, key)
	}
}
