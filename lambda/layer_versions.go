package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

// LayerVersionOutput is a version of a layer with its content (lambda.md, 2.9).
type LayerVersionOutput struct {
	Content                 *LayerVersionContentOutput `json:"Content"`
	LayerArn                string                     `json:"LayerArn"`
	LayerVersionArn         string                     `json:"LayerVersionArn"`
	Description             string                     `json:"Description"`
	CreatedDate             string                     `json:"CreatedDate"`
	Version                 int64                      `json:"Version"`
	CompatibleRuntimes      []string                   `json:"CompatibleRuntimes,omitzero"`
	CompatibleArchitectures []string                   `json:"CompatibleArchitectures,omitzero"`
	LicenseInfo             string                     `json:"LicenseInfo,omitempty"`
}

// LayerVersionContentOutput is where the content can be downloaded for ten
// minutes, and what it is.
type LayerVersionContentOutput struct {
	Location   string `json:"Location"`
	CodeSha256 string `json:"CodeSha256"`
	CodeSize   int64  `json:"CodeSize"`
}

func (s *Service) shownLayer(c *call, v *function.LayerVersion) *LayerVersionOutput {
	location := s.locationOf(c, located{Owner: v.Ref.ARN(), Key: v.Code.Key, SHA256: v.Code.SHA256, Name: v.Ref.Name})
	return &LayerVersionOutput{
		Content:  &LayerVersionContentOutput{location, v.Code.SHA256, v.Code.Size},
		LayerArn: v.Ref.ARN(), LayerVersionArn: v.Ref.VersionARN(), Description: v.Description,
		CreatedDate: v.Created.UTC().Format(timeFormat), Version: v.Ref.Number,
		CompatibleRuntimes: v.Runtimes, CompatibleArchitectures: v.Architectures, LicenseInfo: v.License,
	}
}

const layerKind = "AWS::Lambda::LayerVersion"

// layerTarget is a version of a layer, as policies see it.
func (s *Service) layerTarget(tx *store.Tx, ref function.LayerRef) (target, error) {
	t := target{arn: ref.VersionARN(), account: ref.Account, kind: layerKind}
	statements, err := tx.LayerStatements(ref)
	if err == nil && len(statements) > 0 {
		t.own, err = s.policies.Read(PolicyText(statements), policy.Resource)
	}
	return t, err
}

// openLayer is the way to a version of a layer: it reads the name, authorises the
// caller, and only then tells whether there is one; nil where there is none.
func (s *Service) openLayer(tx *store.Tx, c *call, name *string, number *int64) (*function.LayerVersion, function.LayerRef, error) {
	ref, err := function.ParseLayer(text(name), c.Caller.Account, c.Caller.Region).Version(orZero(number))
	if err != nil {
		return nil, ref, err
	}
	v, err := s.openLayerRef(tx, c, ref)
	return v, ref, err
}

func (s *Service) openLayerRef(tx *store.Tx, c *call, ref function.LayerRef) (*function.LayerVersion, error) {
	t, err := s.layerTarget(tx, ref)
	if err != nil {
		return nil, err
	}
	if err := c.authorize(t); err != nil || ref.Region != c.Caller.Region {
		return nil, err
	}
	return tx.LayerVersion(ref)
}

// errNoLayer says that a version of a layer is missing.
func errNoLayer(ref function.LayerRef) error {
	return fault.New(fault.NotFound, "Layer version %s does not exist.", ref.VersionARN())
}

// LayerVersionInput names a version of a layer.
type LayerVersionInput struct {
	LayerName     *string `json:"LayerName"`
	VersionNumber *int64  `json:"VersionNumber"`
}

// GetLayerVersionByArnInput names one in one piece.
type GetLayerVersionByArnInput struct {
	Arn *string `json:"Arn"`
}

func (s *Service) getLayerVersion(c *call, in *LayerVersionInput) (*LayerVersionOutput, error) {
	return door.View(c, func(tx *store.Tx) (*LayerVersionOutput, error) {
		v, _, err := s.openLayer(tx, c, in.LayerName, in.VersionNumber)
		return s.shownOrMissing(c, v, err)
	})
}

func (s *Service) getLayerVersionByArn(c *call, in *GetLayerVersionByArnInput) (*LayerVersionOutput, error) {
	ref, err := function.ParseLayerVersion(*in.Arn)
	if err != nil {
		return nil, err
	}
	return door.View(c, func(tx *store.Tx) (*LayerVersionOutput, error) {
		v, err := s.openLayerRef(tx, c, ref)
		return s.shownOrMissing(c, v, err)
	})
}

// shownOrMissing is the answer of those who look for a version.
func (s *Service) shownOrMissing(c *call, v *function.LayerVersion, err error) (*LayerVersionOutput, error) {
	switch {
	case err != nil:
		return nil, err
	case v == nil:
		return nil, errNoResource
	}
	return s.shownLayer(c, v), nil
}

// deleteLayerVersion removes a version. One that is not there is gone already.
func (s *Service) deleteLayerVersion(c *call, in *LayerVersionInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		v, _, err := s.openLayer(tx, c, in.LayerName, in.VersionNumber)
		if err != nil || v == nil {
			return &door.Nothing{}, err
		}
		return &door.Nothing{}, tx.DeleteLayerVersion(v)
	})
}
