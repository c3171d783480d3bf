package function

import (
	"strconv"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/fault"
)

// Touch gives the alias a new revision: something about it has changed.
func (a *Alias) Touch() { a.Revision = uuid.NewString() }

// VersionNumber is the number of the version that is called so, 0 for $LATEST;
// false where no version can be.
func VersionNumber(name string) (int64, bool) {
	if name == Latest {
		return 0, true
	}
	n, ok := number(name)
	return n, ok && n > 0
}

// ErrLatestShared refuses to send a share of $LATEST's invocations elsewhere.
var ErrLatestShared = fault.New(fault.InvalidParameter, "$LATEST is not supported for an alias pointing to more than 1 version")

// CheckRouting refuses shares of invocations that an alias cannot give away
// (lambda.md, 2.6). Whether there are such versions is for the store to say.
func (a Alias) CheckRouting() error {
	if len(a.Routing) > 1 {
		return fault.New(fault.InvalidParameter, "Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for version, weight := range a.Routing {
		switch own := VersionName(a.Version); {
		case weight < 0 || weight > 1:
			return fault.New(fault.Validation, "1 validation error detected: Value '{%s=%s}' at 'routingConfig.additionalVersionWeights' "+
				"failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "+
				"Member must have value greater than or equal to 0.0, Member must not be null]", version, javaDouble(weight))
		case version == own:
			return fault.New(fault.InvalidParameter, "Invalid function version %s. Function version %s is already included in routing configuration.", own, own)
		case own == Latest:
			return ErrLatestShared
		}
	}
	return nil
}

// javaDouble prints a number as AWS does, with a point.
func javaDouble(f float64) string {
	if f == float64(int64(f)) {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}
