package function

import (
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// LayerRef names a layer, or with a number one of its versions.
type LayerRef struct {
	Region, Account, Name string
	Number                int64 // 0 for the layer itself
}

// ARN names the layer.
func (r LayerRef) ARN() string {
	return "arn:aws:lambda:" + r.Region + ":" + r.Account + ":layer:" + r.Name
}

// VersionARN names the version.
func (r LayerRef) VersionARN() string { return r.ARN() + ":" + VersionName(r.Number) }

// ParseLayerVersion reads the ARN of a version of a layer, whose pattern was
// checked: arn:aws:lambda:REGION:ACCOUNT:layer:NAME:NUMBER.
func ParseLayerVersion(arn string) (LayerRef, error) {
	part := strings.Split(arn, ":")
	if len(part) == 8 {
		if n, ok := number(part[7]); ok {
			return LayerRef{Region: part[3], Account: part[4], Name: part[6], Number: n}, nil
		}
	}
	return LayerRef{}, fault.New(fault.InvalidParameter, "Layer version %s does not exist.", arn)
}

// maxLayers is how many layers a function may have.
const maxLayers = 5

// ReadLayers reads the layers that a function in a region is to have (lambda.md,
// 2.9).
func ReadLayers(arns []string, region string) ([]LayerRef, error) {
	if len(arns) > maxLayers {
		return nil, fault.New(fault.InvalidParameter, "Cannot reference more than %d layers.", maxLayers)
	}
	refs, seen := make([]LayerRef, len(arns)), map[string]string{}
	for i, arn := range arns {
		r, err := ParseLayerVersion(arn)
		if err != nil {
			return nil, err
		}
		if r.Region != region {
			return nil, fault.New(fault.InvalidParameter, "Layers are not in the same region as the function. Layers are expected to be in region %s.", region)
		}
		if other, twice := seen[r.ARN()]; twice {
			return nil, fault.New(fault.InvalidParameter, "Two different versions of the same layer are not allowed to be referenced in the same function. "+
				"%s and %s are versions of the same layer.", other, arn)
		}
		seen[r.ARN()], refs[i] = arn, r
	}
	return refs, nil
}
