package identity

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

type putRolePolicyInput struct {
	RoleName       *string `json:"RoleName"`
	PolicyName     *string `json:"PolicyName"`
	PolicyDocument *string `json:"PolicyDocument"`
}

// putRolePolicy writes an inline policy, in the place of the one of that name.
func (s *Service) putRolePolicy(c *call, in *putRolePolicyInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		if _, err := readDocument(*in.PolicyDocument, policy.Identity); err != nil {
			return nil, err
		}
		added := iam.InlinePolicy{Name: *in.PolicyName, Document: *in.PolicyDocument}
		if err := checkInlineSize(tx, r, added); err != nil {
			return nil, err
		}
		return &door.Nothing{}, tx.PutInlinePolicy(r.ID, added)
	})
}

func checkInlineSize(tx *store.Tx, r *iam.Role, added iam.InlinePolicy) error {
	all, err := tx.InlinePolicies(r.ID)
	if err != nil {
		return err
	}
	size := sizeOf(added.Document)
	for _, p := range all {
		if !strings.EqualFold(p.Name, added.Name) {
			size += sizeOf(p.Document)
		}
	}
	if size > maxInline {
		return fault.New(fault.LimitExceeded, "Maximum policy size of %d bytes exceeded for role %s", maxInline, r.Name)
	}
	return nil
}

type rolePolicyName struct {
	RoleName   *string `json:"RoleName"`
	PolicyName *string `json:"PolicyName"`
}

type rolePolicyOutput struct {
	RoleName       string `json:"RoleName"`
	PolicyName     string `json:"PolicyName"`
	PolicyDocument string `json:"PolicyDocument"`
}

func (s *Service) getRolePolicy(c *call, in *rolePolicyName) (*rolePolicyOutput, error) {
	return door.View(c, func(tx *store.Tx) (*rolePolicyOutput, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		all, err := tx.InlinePolicies(r.ID)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(p iam.InlinePolicy) bool { return strings.EqualFold(p.Name, *in.PolicyName) })
		if i < 0 {
			return nil, noRolePolicy(*in.PolicyName)
		}
		return &rolePolicyOutput{r.Name, all[i].Name, escaped(all[i].Document)}, nil
	})
}

func noRolePolicy(name string) error {
	return fault.New(fault.NotFound, "The role policy with name %s cannot be found.", name)
}

func (s *Service) deleteRolePolicy(c *call, in *rolePolicyName) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		there, err := tx.DeleteInlinePolicy(r.ID, *in.PolicyName)
		if err == nil && !there {
			err = noRolePolicy(*in.PolicyName)
		}
		return &door.Nothing{}, err
	})
}

type listRolePoliciesInput struct {
	RoleName *string `json:"RoleName"`
	Marker   *string `json:"Marker"`
	MaxItems *int64  `json:"MaxItems"`
}

type listRolePoliciesOutput struct {
	PolicyNames []string `json:"PolicyNames"`
	IsTruncated bool     `json:"IsTruncated"`
	Marker      string   `json:"Marker"`
}

func (s *Service) listRolePolicies(c *call, in *listRolePoliciesInput) (*listRolePoliciesOutput, error) {
	return door.View(c, func(tx *store.Tx) (*listRolePoliciesOutput, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		l, err := s.list(in.Marker, in.MaxItems, "inline", r.ID)
		if err != nil {
			return nil, err
		}
		all, err := tx.InlinePolicies(r.ID)
		if err != nil {
			return nil, err
		}
		var names []string
		for _, p := range all {
			names = append(names, p.Name)
		}
		out := &listRolePoliciesOutput{}
		out.PolicyNames, out.IsTruncated, out.Marker = cut(l, rest(l, names, strings.ToLower), strings.ToLower)
		return out, nil
	})
}
