package lambda

import (
	"strings"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// DeleteFunctionInput names a function, or a version of it (lambda.md, 2.5).
type DeleteFunctionInput struct {
	Qualifier    *string `json:"Qualifier"`
	FunctionName *string `json:"FunctionName"`
}

var (
	errDeleteLatest = fault.New(fault.InvalidParameter, "$LATEST version cannot be deleted without deleting the function.")
	errDeleteAlias  = fault.New(fault.InvalidParameter, "Deletion of aliases is not currently supported.")
)

// deleteFunction removes a function with all that belongs to it, or a version. A
// version that is not there is gone already.
func (s *Service) deleteFunction(c *call, in *DeleteFunctionInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		number, isNumber := o.ref.Number()
		switch {
		case o.ref.Qualifier == "":
			return &door.Nothing{}, tx.DeleteFunction(o.Function)
		case o.ref.Qualifier == function.Latest:
			return nil, errDeleteLatest
		case !isNumber:
			return nil, errDeleteAlias
		case number == 0: // which $LATEST has in the store, and no version
			return &door.Nothing{}, nil
		}
		if err := unreferenced(tx, o.Function, number); err != nil {
			return nil, err
		}
		_, err = tx.DeleteFunctionVersion(o.Function, number)
		return &door.Nothing{}, err
	})
}

// unreferenced refuses to delete a version that aliases lead to.
func unreferenced(tx *store.Tx, f *function.Function, number int64) error {
	names, err := tx.AliasesTo(f, number)
	if err != nil || len(names) == 0 {
		return err
	}
	return fault.New(fault.Conflict, "Unable to delete version because the following aliases reference it: [%s]", strings.Join(names, ", "))
}
