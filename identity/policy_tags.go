package identity

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

type tagPolicyInput struct {
	PolicyARN *string `json:"PolicyArn"`
	Tags      []tag   `json:"Tags"`
}

func (s *Service) tagPolicy(c *call, in *tagPolicyInput) (*door.Nothing, error) {
	tags, err := readTags(in.Tags, fault.InvalidRequest)
	if err != nil {
		return nil, err
	}
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		p, err := s.openOwn(tx, c, *in.PolicyARN, func(t *target) { t.requestTags, t.tagKeys = tags, keysOf(tags) })
		if err != nil {
			return nil, err
		}
		if p.Tags, err = withTags(p.Tags, tags); err != nil {
			return nil, err
		}
		return &door.Nothing{}, tx.PutManagedPolicy(p)
	})
}

type untagPolicyInput struct {
	PolicyARN *string  `json:"PolicyArn"`
	TagKeys   []string `json:"TagKeys"`
}

func (s *Service) untagPolicy(c *call, in *untagPolicyInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		p, err := s.openOwn(tx, c, *in.PolicyARN, func(t *target) { t.tagKeys = in.TagKeys })
		if err != nil {
			return nil, err
		}
		p.Tags = withoutTags(p.Tags, in.TagKeys)
		return &door.Nothing{}, tx.PutManagedPolicy(p)
	})
}

func (s *Service) listPolicyTags(c *call, in *listVersionsInput) (*listTagsOutput, error) {
	return door.View(c, func(tx *store.Tx) (*listTagsOutput, error) {
		p, err := s.openPolicy(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		l, err := s.list(in.Marker, in.MaxItems, "tags", p.ID)
		if err != nil {
			return nil, err
		}
		return pageOfTags(l, p.Tags), nil
	})
}

type listEntitiesInput struct {
	PolicyARN         *string `json:"PolicyArn"`
	EntityFilter      *string `json:"EntityFilter"`
	PathPrefix        *string `json:"PathPrefix"`
	PolicyUsageFilter *string `json:"PolicyUsageFilter"`
	Marker            *string `json:"Marker"`
	MaxItems          *int64  `json:"MaxItems"`
}

type policyRole struct {
	RoleName string `json:"RoleName"`
	RoleID   string `json:"RoleId"`
}

type listEntitiesOutput struct {
	PolicyGroups []policyGroup `json:"PolicyGroups"`
	PolicyUsers  []policyUser  `json:"PolicyUsers"`
	PolicyRoles  []policyRole  `json:"PolicyRoles"`
	IsTruncated  bool          `json:"IsTruncated"`
	Marker       string        `json:"Marker"`
}

// policyGroup and policyUser are what there is none of here.
type (
	policyGroup struct{}
	policyUser  struct{}
)

// listEntitiesForPolicy says which roles a policy is attached to, or the boundary
// of.
func (s *Service) listEntitiesForPolicy(c *call, in *listEntitiesInput) (*listEntitiesOutput, error) {
	return door.View(c, func(tx *store.Tx) (*listEntitiesOutput, error) {
		p, err := s.openPolicy(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		l, err := s.list(in.Marker, in.MaxItems, "entities", p.ID)
		if err != nil {
			return nil, err
		}
		out := &listEntitiesOutput{PolicyGroups: []policyGroup{}, PolicyUsers: []policyUser{}, PolicyRoles: []policyRole{}}
		ids, err := in.entities(tx)
		if err != nil {
			return nil, err
		}
		itself := func(id string) string { return id }
		ids, out.IsTruncated, out.Marker = cut(l, rest(l, ids, itself), itself)
		for _, id := range ids {
			r, err := tx.RoleByID(id)
			if err != nil {
				return nil, err
			}
			if strings.HasPrefix(r.Path, or(in.PathPrefix, "/")) {
				out.PolicyRoles = append(out.PolicyRoles, policyRole{r.Name, r.ID})
			}
		}
		return out, nil
	})
}

// entities are the ids of who uses the policy in the way that is asked for.
func (in *listEntitiesInput) entities(tx *store.Tx) (ids []string, err error) {
	if or(in.EntityFilter, "Role") != "Role" {
		return nil, nil
	}
	usage := or(in.PolicyUsageFilter, "")
	if usage != "PermissionsBoundary" {
		if ids, err = tx.AttachedTo(*in.PolicyARN); err != nil {
			return nil, err
		}
	}
	if usage != "PermissionsPolicy" {
		bounds, err := tx.BoundaryOf(*in.PolicyARN)
		if err != nil {
			return nil, err
		}
		ids = append(ids, bounds...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
