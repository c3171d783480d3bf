package lambda

import (
	"maps"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// TagResourceInput adds tags to a function (lambda.md, 2.10).
type TagResourceInput struct {
	Resource *string           `json:"Resource"`
	Tags     map[string]string `json:"Tags"`
}

// UntagResourceInput removes tags by key.
type UntagResourceInput struct {
	Resource *string  `json:"Resource"`
	TagKeys  []string `json:"TagKeys"`
}

// ListTagsInput asks for a function's tags.
type ListTagsInput struct {
	Resource *string `json:"Resource"`
}

// ListTagsOutput has them.
type ListTagsOutput struct {
	Tags map[string]string `json:"Tags"`
}

func (in *TagResourceInput) tags() map[string]string { return in.Tags }

func (in *UntagResourceInput) tagKeys() []string { return in.TagKeys }

var (
	errTagsOfVersion = fault.New(fault.InvalidParameter, "Tags on function aliases and versions are not supported. Please specify a function ARN.")
	errNoTags        = fault.New(fault.InvalidParameter, "An error occurred and the request cannot be processed.")
)

// openTagged is open for the resources that have tags, which functions alone
// are.
func (s *Service) openTagged(tx *store.Tx, c *call, arn *string) (*opened, error) {
	ref, err := function.ParseRef(text(arn), "", c.Caller.Account, c.Caller.Region)
	if err == nil && ref.Qualifier != "" {
		err = errTagsOfVersion
	}
	if err != nil {
		return nil, err
	}
	return s.open(tx, c, arn, nil)
}

func (s *Service) tagResource(c *call, in *TagResourceInput) (*door.Nothing, error) {
	return s.changeTags(c, in.Resource, func(f *function.Function) error {
		if len(in.Tags) == 0 {
			return errNoTags
		}
		tags := maps.Clone(f.Tags)
		if tags == nil {
			tags = map[string]string{}
		}
		maps.Copy(tags, in.Tags)
		f.Tags = tags
		return function.CheckTags(tags)
	})
}

func (s *Service) untagResource(c *call, in *UntagResourceInput) (*door.Nothing, error) {
	return s.changeTags(c, in.Resource, func(f *function.Function) error {
		for _, key := range in.TagKeys {
			delete(f.Tags, key)
		}
		return nil
	})
}

// changeTags also changes the revision.
func (s *Service) changeTags(c *call, arn *string, change func(*function.Function) error) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		o, err := s.openTagged(tx, c, arn)
		if err != nil {
			return nil, err
		}
		if err := change(o.Function); err != nil {
			return nil, err
		}
		if err := tx.PutFunction(o.Function); err != nil {
			return nil, err
		}
		o.version.Touch()
		return &door.Nothing{}, tx.PutFunctionVersion(o.Function, o.version)
	})
}

func (s *Service) listTags(c *call, in *ListTagsInput) (*ListTagsOutput, error) {
	return door.View(c, func(tx *store.Tx) (*ListTagsOutput, error) {
		o, err := s.openTagged(tx, c, in.Resource)
		if err != nil {
			return nil, err
		}
		if o.builtin || o.Tags == nil {
			return &ListTagsOutput{Tags: map[string]string{}}, nil
		}
		return &ListTagsOutput{Tags: o.Tags}, nil
	})
}
