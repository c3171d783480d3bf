package lambda

import (
	"slices"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
)

// isBuiltin tells whether a reference names a rotation function that every
// account has.
func (s *Service) isBuiltin(ref function.Ref) bool {
	_, found := slices.BinarySearch(s.builtin, ref.Name)
	return found && (ref.Qualifier == "" || ref.Qualifier == function.Latest)
}

// errBuiltin refuses what cannot be done with a built-in function.
func errBuiltin(ref function.Ref) error {
	return fault.New(fault.InvalidParameter, "%s is a rotation function that is built in: it can be used for rotations, and neither changed, deleted nor invoked.", ref.ARN())
}

// builtinConfiguration is what there is to say of a built-in function.
func builtinConfiguration(ref function.Ref) *FunctionConfiguration {
	f := &function.Function{Region: ref.Region, Account: ref.Account, Name: ref.Name}
	v := &function.Version{
		Revision: "00000000-0000-0000-0000-000000000000",
		Config: function.Configuration{
			Runtime: "provided.al2023", Handler: "bootstrap", Description: "A rotation function that is built into Alberti.",
			Role: "arn:aws:iam::" + ref.Account + ":role/AlbertiRotation",
		}.WithDefaults(ref.Name),
	}
	return described(f, v, ref, nil).settled()
}
