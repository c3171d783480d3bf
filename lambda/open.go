package lambda

import (
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// opened is a function that a call may work on.
type opened struct {
	ref function.Ref // as it was asked for
	*function.Function
	// version is what the reference resolves to: $LATEST without a qualifier. It
	// is nil where there is no such version.
	version *function.Version
	// alias is the alias that the qualifier names, nil where it names none.
	alias *function.Alias
	// builtin has nothing but a reference. Only reads are given one.
	builtin bool
}

// open is the way to a function: it reads the name, authorises the caller, and
// only then says whether there is such a function. Whether there must be such a
// version is for the operation to say, see [opened.resolved].
func (s *Service) open(tx *store.Tx, c *call, name, qualifier *string) (*opened, error) {
	ref, err := function.ParseRef(text(name), text(qualifier), c.Caller.Account, c.Caller.Region)
	if err != nil {
		return nil, err
	}
	if err := ref.CheckRegion(c.Caller.Region); err != nil {
		return nil, err
	}
	return s.openRef(tx, c, ref)
}

func (s *Service) openRef(tx *store.Tx, c *call, ref function.Ref) (*opened, error) {
	found, err := tx.Function(ref)
	if err != nil {
		return nil, err
	}
	t := targetOf(ref)
	if found != nil {
		t.tags = found.Tags
		if t.own, err = s.policyOf(tx, found, ref.Qualifier); err != nil {
			return nil, err
		}
	}
	if err := c.authorize(t); err != nil {
		if found == nil && c.inside && !s.isBuiltin(ref) {
			return nil, c.notFound(ref) // the server may know: whose function it was is told why it is not run
		}
		return nil, err
	}
	switch {
	case found == nil && s.isBuiltin(ref) && c.Op.Traits.Has(showsBuiltin):
		return &opened{ref: ref, builtin: true}, nil
	case found == nil && s.isBuiltin(ref):
		return nil, errBuiltin(ref)
	case found == nil:
		return nil, c.notFound(ref)
	}
	o := &opened{ref: ref, Function: found}
	return o, o.resolve(tx)
}

// notFound says that a function is missing, in the way of the operation
// (lambda.md, 2.1).
func (c *call) notFound(ref function.Ref) error {
	if in, ok := c.In.(interface{ missing(function.Ref) error }); ok {
		return in.missing(ref)
	}
	switch c.Op.Name {
	case "DeleteFunction":
		ref = ref.Unqualified()
	case "Invoke", "InvokeAsync", "PutFunctionConcurrency":
		ref = ref.Or(function.Latest)
	}
	return ref.NotFound()
}

// resolve finds the version that the qualifier leads to.
func (o *opened) resolve(tx *store.Tx) (err error) {
	number, isNumber := o.ref.Number()
	switch {
	case o.ref.Qualifier == "", o.ref.Qualifier == function.Latest:
	case isNumber && number > 0:
	case isNumber:
		return nil
	default:
		if o.alias, err = tx.Alias(o.Function, o.ref.Qualifier); err != nil || o.alias == nil {
			return err
		}
		number = o.alias.Version
	}
	o.version, err = tx.FunctionVersion(o.Function, number)
	return err
}

// resolved refuses a qualifier that leads to no version.
func (o *opened) resolved() error {
	if o.version == nil {
		return o.ref.NotFound()
	}
	return nil
}

// openLatest is open for changes of $LATEST: of a function without a qualifier,
// or with that one.
func (s *Service) openLatest(tx *store.Tx, c *call, name *string) (*opened, error) {
	o, err := s.open(tx, c, name, nil)
	if err != nil {
		return nil, err
	}
	if o.ref.Qualifier != "" && o.ref.Qualifier != function.Latest {
		return nil, fault.New(fault.InvalidParameter, "This operation is permitted on the $LATEST version of a function only. "+
			"Please specify either a function name or an unqualified function ARN.")
	}
	return o, o.resolved()
}

// text gives a member that may be absent, which counts as empty.
func text(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// orZero gives a number that may be absent, which counts as 0.
func orZero(member *int64) int64 {
	if member == nil {
		return 0
	}
	return *member
}
