package lambda

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// PublishLayerVersionInput brings a new version of a layer (lambda.md, 2.9).
type PublishLayerVersionInput struct {
	LayerName               *string                   `json:"LayerName"`
	Description             *string                   `json:"Description"`
	Content                 *LayerVersionContentInput `json:"Content"`
	CompatibleRuntimes      []string                  `json:"CompatibleRuntimes"`
	LicenseInfo             *string                   `json:"LicenseInfo"`
	CompatibleArchitectures []string                  `json:"CompatibleArchitectures"`
}

// LayerVersionContentInput is where the content of a request is.
type LayerVersionContentInput struct {
	S3Bucket        *string               `json:"S3Bucket"`
	S3Key           *string               `json:"S3Key"`
	S3ObjectVersion *string               `json:"S3ObjectVersion"`
	ZipFile         awsjson.SensitiveBlob `json:"ZipFile"`
}

func (s *Service) publishLayerVersion(c *call, in *PublishLayerVersionInput) (*LayerVersionOutput, error) {
	ref := function.ParseLayer(*in.LayerName, c.Caller.Account, c.Caller.Region)
	if err := c.authorize(target{arn: ref.ARN(), account: ref.Account, kind: "AWS::Lambda::Layer"}); err != nil {
		return nil, err
	}
	if ref.Region != c.Caller.Region {
		return nil, fault.New(fault.InvalidParameter, "Layers of %s cannot be published in %s.", ref.Region, c.Caller.Region)
	}
	code, err := s.receive(c.Ctx, codeSource{
		zip: in.Content.ZipFile, bucket: in.Content.S3Bucket, key: in.Content.S3Key,
		ownerARN: ref.ARN(), account: ref.Account, region: ref.Region,
	})
	if err != nil {
		return nil, err
	}
	in.Content = nil // the zip is sealed: it need not be held twice
	return door.Update(c, func(tx *store.Tx) (*LayerVersionOutput, error) {
		if err := checkStorage(tx, ref.Account, ref.Region, code.Code); err != nil {
			return nil, err
		}
		v := &function.LayerVersion{
			Ref: ref, Created: tx.Now(), Description: text(in.Description), License: text(in.LicenseInfo),
			Runtimes: in.CompatibleRuntimes, Architectures: in.CompatibleArchitectures, Code: code.Code,
		}
		if err := tx.PutCode(&v.Code, code.sealed); err != nil {
			return nil, err
		}
		if err := tx.AddLayerVersion(v); err != nil {
			return nil, err
		}
		return s.shownLayer(c, v), nil
	})
}
