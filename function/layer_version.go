package function

import (
	"regexp"
	"slices"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// LayerVersion is a version of a layer, which never changes but for its policy.
type LayerVersion struct {
	Ref                  LayerRef
	Created              time.Time
	Description, License string
	// Runtimes and Architectures are what it says it goes with; nil where it says
	// nothing, which is not the same as nothing.
	Runtimes, Architectures []string
	Code                    Code
	PolicyRevision          string // "" without a policy
}

// Matches tells whether the version says that it goes with a runtime and an
// architecture; "" asks for none.
func (v *LayerVersion) Matches(runtime, architecture string) bool {
	return (runtime == "" || slices.Contains(v.Runtimes, runtime)) &&
		(architecture == "" || slices.Contains(v.Architectures, architecture))
}

var layerARN = regexp.MustCompile(`\Aarn:[a-zA-Z0-9-]+:lambda:([a-zA-Z0-9-]+):(\d{12}):layer:([a-zA-Z0-9-_]+)\z`)

// ParseLayer reads a LayerName, whose pattern was checked: a name in the caller's
// account and region, or the ARN of a layer.
func ParseLayer(name, account, region string) LayerRef {
	if part := layerARN.FindStringSubmatch(name); part != nil {
		return LayerRef{Region: part[1], Account: part[2], Name: part[3]}
	}
	return LayerRef{Region: region, Account: account, Name: name}
}

// Version is the reference to a version of the layer. Numbers begin at 1.
func (r LayerRef) Version(number int64) (LayerRef, error) {
	if number < 1 {
		return r, fault.New(fault.InvalidParameter, "Layer Version Cannot be less than 1")
	}
	r.Number = number
	return r, nil
}
