package secretsmanager

import (
	"context"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
)

// call is a request on its way through the service.
type call struct {
	door.Passage
	service *Service
	inBatch bool // it is one of a batch
}

// Do takes a call through the door, wherever it comes from.
func (s *Service) Do(ctx context.Context, from door.Call, operation string, in any) (any, error) {
	return s.Pass(&call{Passage: door.Passage{Call: from, Ctx: ctx, In: in}, service: s}, operation)
}

// Call implements awsjson.Service: the door for requests over HTTP.
func (s *Service) Call(ctx context.Context, r awsjson.Request[iam.Caller], in any) (any, error) {
	return s.Do(ctx, door.FromWire(r), r.Operation, in)
}
