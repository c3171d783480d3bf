package identity

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// maxAttached is how many managed policies a role may have.
const maxAttached = 10

type attachInput struct {
	RoleName  *string `json:"RoleName"`
	PolicyARN *string `json:"PolicyArn"`
}

// about adds the policy in question to what policies can ask for.
func (in *attachInput) about(t *target) { t.policy = *in.PolicyARN }

// attachRolePolicy gives a role a managed policy, which it may have already.
func (s *Service) attachRolePolicy(c *call, in *attachInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		r, err := s.open(tx, c, *in.RoleName, in.about)
		if err != nil {
			return nil, err
		}
		if _, err := attachable(tx, c.Caller.Account, *in.PolicyARN); err != nil {
			return nil, err
		}
		attached, err := tx.Attached(r.ID)
		if err == nil && len(attached) >= maxAttached && !slices.Contains(attached, *in.PolicyARN) {
			err = fault.New(fault.LimitExceeded, "Cannot exceed quota for PoliciesPerRole: %d", maxAttached)
		}
		if err != nil {
			return nil, err
		}
		return &door.Nothing{}, tx.Attach(r.ID, *in.PolicyARN)
	})
}

func (s *Service) detachRolePolicy(c *call, in *attachInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		r, err := s.open(tx, c, *in.RoleName, in.about)
		if err != nil {
			return nil, err
		}
		if _, err := policyOf(tx, c.Caller.Account, *in.PolicyARN); err != nil {
			return nil, err
		}
		there, err := tx.Detach(r.ID, *in.PolicyARN)
		if err == nil && !there {
			err = noPolicy(*in.PolicyARN)
		}
		return &door.Nothing{}, err
	})
}

type listAttachedInput struct {
	RoleName   *string `json:"RoleName"`
	PathPrefix *string `json:"PathPrefix"`
	Marker     *string `json:"Marker"`
	MaxItems   *int64  `json:"MaxItems"`
}

type attachedPolicy struct {
	PolicyName string `json:"PolicyName"`
	PolicyARN  string `json:"PolicyArn"`
}

type listAttachedOutput struct {
	AttachedPolicies []attachedPolicy `json:"AttachedPolicies"`
	IsTruncated      bool             `json:"IsTruncated"`
	Marker           string           `json:"Marker"`
}

func (s *Service) listAttachedRolePolicies(c *call, in *listAttachedInput) (*listAttachedOutput, error) {
	return door.View(c, func(tx *store.Tx) (*listAttachedOutput, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		prefix := or(in.PathPrefix, "/")
		l, err := s.list(in.Marker, in.MaxItems, "attached", r.ID, prefix)
		if err != nil {
			return nil, err
		}
		arns, err := tx.Attached(r.ID)
		if err != nil {
			return nil, err
		}
		var found []attachedPolicy
		for _, arn := range arns {
			if _, _, path, name, _ := iam.ParseARN(arn); strings.HasPrefix(path, prefix) {
				found = append(found, attachedPolicy{name, arn})
			}
		}
		byARN := func(p attachedPolicy) string { return p.PolicyARN }
		out := &listAttachedOutput{}
		out.AttachedPolicies, out.IsTruncated, out.Marker = cut(l, rest(l, found, byARN), byARN)
		return out, nil
	})
}
