package logs

import (
	"context"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/iam"
)

// call is a request on its way through the service.
type call struct{ door.Passage }

// Call implements awsjson.Service.
func (s *Service) Call(ctx context.Context, r awsjson.Request[iam.Caller], in any) (any, error) {
	return s.Pass(&call{door.Passage{Call: door.FromWire(r), Ctx: ctx, In: in}}, r.Operation)
}
