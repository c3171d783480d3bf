package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// GetPolicyInput names a function, a version or an alias (lambda.md, 2.8).
type GetPolicyInput struct {
	FunctionName *string `json:"FunctionName"`
	Qualifier    *string `json:"Qualifier"`
}

// GetPolicyOutput is a policy, which is JSON in a text, and the revision of what
// it is for.
type GetPolicyOutput struct {
	Policy     string `json:"Policy"`
	RevisionID string `json:"RevisionId"`
}

var errNoResource = fault.New(fault.NotFound, "The resource you requested does not exist.")

func (*GetPolicyInput) missing(function.Ref) error { return errNoResource }

func (s *Service) getPolicy(c *call, in *GetPolicyInput) (*GetPolicyOutput, error) {
	return door.View(c, func(tx *store.Tx) (*GetPolicyOutput, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		if o.builtin || o.version == nil {
			return nil, errNoResource
		}
		statements, err := tx.PermissionStatements(o.Function, o.ref.Qualifier)
		if err != nil {
			return nil, err
		}
		if len(statements) == 0 {
			return nil, errNoResource
		}
		return &GetPolicyOutput{PolicyText(statements), o.revision()}, nil
	})
}
