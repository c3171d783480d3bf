package lambda

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// PublishVersionInput asks for a version of $LATEST that will not change any more
// (lambda.md, 2.5).
type PublishVersionInput struct {
	FunctionName *string `json:"FunctionName"`
	CodeSha256   *string `json:"CodeSha256"`
	Description  *string `json:"Description"`
	RevisionID   *string `json:"RevisionId"`
}

func (s *Service) publishVersion(c *call, in *PublishVersionInput) (*FunctionConfiguration, error) {
	return door.Update(c, func(tx *store.Tx) (*FunctionConfiguration, error) {
		o, err := s.openForChange(tx, c, in.FunctionName, in.RevisionID)
		if err != nil {
			return nil, err
		}
		if is := o.version.Code.SHA256; in.CodeSha256 != nil && *in.CodeSha256 != is {
			return nil, fault.New(fault.InvalidParameter, "CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). "+
				"Please try again with the CodeSHA256 in $LATEST.", *in.CodeSha256, is)
		}
		return s.publishAs(tx, c, o, in.Description)
	})
}

// publishAs publishes $LATEST and shows the version: as one that is being made,
// unless there was one already.
func (s *Service) publishAs(tx *store.Tx, c *call, o *opened, description *string) (*FunctionConfiguration, error) {
	before := o.LastVersion
	v, err := s.publish(c, tx, o.Function, o.version, description)
	if err != nil {
		return nil, err
	}
	shown, err := s.shownAs(c, o.Function, v, o.Ref().Or(v.Name()))
	if err != nil {
		return nil, err
	}
	if v.Number > before {
		return shown.pending(), nil
	}
	return shown.settled(), nil
}
