package identity

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

type tagRoleInput struct {
	RoleName *string `json:"RoleName"`
	Tags     []tag   `json:"Tags"`
}

func (s *Service) tagRole(c *call, in *tagRoleInput) (*door.Nothing, error) {
	tags, err := readTags(in.Tags, fault.InvalidRequest)
	if err != nil {
		return nil, err
	}
	return s.changeRole(c, *in.RoleName, func(r *iam.Role) (err error) {
		r.Tags, err = withTags(r.Tags, tags)
		return err
	}, func(t *target) { t.requestTags, t.tagKeys = tags, keysOf(tags) })
}

type untagRoleInput struct {
	RoleName *string  `json:"RoleName"`
	TagKeys  []string `json:"TagKeys"`
}

func (s *Service) untagRole(c *call, in *untagRoleInput) (*door.Nothing, error) {
	return s.changeRole(c, *in.RoleName, func(r *iam.Role) error {
		r.Tags = withoutTags(r.Tags, in.TagKeys)
		return nil
	}, func(t *target) { t.tagKeys = in.TagKeys })
}

type listRoleTagsInput struct {
	RoleName *string `json:"RoleName"`
	Marker   *string `json:"Marker"`
	MaxItems *int64  `json:"MaxItems"`
}

type listTagsOutput struct {
	Tags        []tag  `json:"Tags"`
	IsTruncated bool   `json:"IsTruncated"`
	Marker      string `json:"Marker"`
}

func (s *Service) listRoleTags(c *call, in *listRoleTagsInput) (*listTagsOutput, error) {
	return door.View(c, func(tx *store.Tx) (*listTagsOutput, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		l, err := s.list(in.Marker, in.MaxItems, "tags", r.ID)
		if err != nil {
			return nil, err
		}
		return pageOfTags(l, r.Tags), nil
	})
}
