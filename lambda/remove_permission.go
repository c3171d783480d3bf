package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// RemovePermissionInput names a statement of a policy (lambda.md, 2.8).
type RemovePermissionInput struct {
	FunctionName *string `json:"FunctionName"`
	StatementID  *string `json:"StatementId"`
	Qualifier    *string `json:"Qualifier"`
	RevisionID   *string `json:"RevisionId"`
}

func (*RemovePermissionInput) missing(ref function.Ref) error {
	return fault.New(fault.NotFound, "No policy found for: %s", ref.ARN())
}

var errNoPolicy = fault.New(fault.NotFound, "No policy is associated with the given resource.")

// errNoStatement says that a policy has no such statement.
func errNoStatement(sid string) error {
	return fault.New(fault.NotFound, "Statement %s is not found in resource policy.", sid)
}

func (s *Service) removePermission(c *call, in *RemovePermissionInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		if err := o.named(); err != nil {
			return nil, err
		}
		if err := checkStatement(tx, o, *in.StatementID); err != nil {
			return nil, err
		}
		if err := function.CheckRevision(in.RevisionID, o.revision(), "GetFunction/GetAlias"); err != nil {
			return nil, err
		}
		if err := tx.RemovePermission(o.Function, o.ref.Qualifier, *in.StatementID); err != nil {
			return nil, err
		}
		return &door.Nothing{}, o.touch(tx)
	})
}

// checkStatement refuses a statement that is not in the policy of what was
// opened.
func checkStatement(tx *store.Tx, o *opened, sid string) error {
	there, err := tx.HasPermission(o.Function, o.ref.Qualifier, sid)
	if err != nil || there {
		return err
	}
	others, err := tx.PermissionStatements(o.Function, o.ref.Qualifier)
	switch {
	case err != nil:
		return err
	case len(others) == 0:
		return errNoPolicy
	}
	return errNoStatement(sid)
}
