package lambda

import (
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// UpdateFunctionCodeInput brings other code (lambda.md, 2.5).
type UpdateFunctionCodeInput struct {
	FunctionName    *string               `json:"FunctionName"`
	ZipFile         awsjson.SensitiveBlob `json:"ZipFile"`
	S3Bucket        *string               `json:"S3Bucket"`
	S3Key           *string               `json:"S3Key"`
	S3ObjectVersion *string               `json:"S3ObjectVersion"`
	ImageURI        *string               `json:"ImageUri"`
	Publish         bool                  `json:"Publish"`
	DryRun          bool                  `json:"DryRun"`
	RevisionID      *string               `json:"RevisionId"`
	Architectures   []string              `json:"Architectures"`
}

var (
	errImageForZip = fault.New(fault.InvalidParameter, "Please don't provide ImageUri when updating a function with packageType Zip.")
	errZipForImage = fault.New(fault.InvalidParameter, "Please provide ImageUri when updating a function with packageType Image.")
)

// placeFor is where a function is to run, which does not run here now, or "".
func (in *UpdateFunctionCodeInput) placeFor(o *opened) (function.Place, error) {
	switch remote := o.version.Config.Place != ""; {
	case remote && in.ImageURI == nil:
		return "", errZipForImage
	case !remote && in.ImageURI != nil:
		return "", errImageForZip
	}
	return function.Place(text(in.ImageURI)), nil
}

func (s *Service) updateFunctionCode(c *call, in *UpdateFunctionCodeInput) (*FunctionConfiguration, error) {
	known, err := door.View(c, func(tx *store.Tx) (*opened, error) { return s.openForChange(tx, c, in.FunctionName, in.RevisionID) })
	if err != nil {
		return nil, err
	}
	place, err := in.placeFor(known)
	if err == nil {
		err = c.mayRunElsewhere(place)
	}
	if err != nil {
		return nil, err
	}
	code, err := s.receive(c.Ctx, codeSource{
		zip: in.ZipFile, bucket: in.S3Bucket, key: in.S3Key, place: place,
		ownerARN: known.Ref().ARN(), account: known.Account, region: known.Region,
	})
	if err != nil {
		return nil, err
	}
	in.ZipFile = awsjson.SensitiveBlob{} // it is sealed: it need not be held twice
	if in.DryRun {
		return s.wouldBe(c, in, known, code)
	}
	return door.Update(c, func(tx *store.Tx) (*FunctionConfiguration, error) {
		o, err := s.openForChange(tx, c, in.FunctionName, in.RevisionID)
		if err != nil {
			return nil, err
		}
		if err := o.change(tx, in, code.Code); err != nil {
			return nil, err
		}
		if err := s.putCode(tx, o.Function, o.version, code); err != nil {
			return nil, err
		}
		return s.saveChanged(tx, c, o, in.Publish)
	})
}

// change gives $LATEST other code.
func (o *opened) change(tx *store.Tx, in *UpdateFunctionCodeInput, code function.Code) error {
	if err := function.CheckTogether(code, o.version.Layers); err != nil {
		return err
	}
	o.version.Code = code
	if in.ImageURI != nil {
		o.version.Config.Place = function.Place(*in.ImageURI)
	}
	if in.Architectures != nil {
		o.version.Config.Architectures = in.Architectures
	}
	o.version.Changed(tx.Now())
	return nil
}

// wouldBe is what a function would become, which is not stored.
func (s *Service) wouldBe(c *call, in *UpdateFunctionCodeInput, o *opened, code newCode) (*FunctionConfiguration, error) {
	return door.View(c, func(tx *store.Tx) (*FunctionConfiguration, error) {
		if err := o.change(tx, in, code.Code); err != nil {
			return nil, err
		}
		shown, err := s.shownAs(c, o.Function, o.version, o.Ref())
		if err != nil {
			return nil, err
		}
		return shown.settled(), nil
	})
}

// saveChanged saves a change of $LATEST, and publishes it if that was asked for.
// The answer shows it as it was while it was made.
func (s *Service) saveChanged(tx *store.Tx, c *call, o *opened, publish bool) (*FunctionConfiguration, error) {
	shown, err := s.shownAs(c, o.Function, o.version, o.Ref())
	if err != nil {
		return nil, err
	}
	o.version.Touch() // the change is done
	if err := tx.PutFunctionVersion(o.Function, o.version); err != nil {
		return nil, err
	}
	if publish {
		return s.publishAs(tx, c, o, nil)
	}
	return shown.changing(), nil
}

// openForChange is openLatest for a change that expects a revision, unless it is
// nil.
func (s *Service) openForChange(tx *store.Tx, c *call, name, revision *string) (*opened, error) {
	o, err := s.openLatest(tx, c, name)
	if err != nil {
		return nil, err
	}
	return o, function.CheckRevision(revision, o.version.Revision, "GetFunction/GetAlias")
}
