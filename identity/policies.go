package identity

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// maxPolicies is how many policies of its own an account may have.
const maxPolicies = 1500

type createPolicyInput struct {
	PolicyName     *string `json:"PolicyName"`
	Path           *string `json:"Path"`
	PolicyDocument *string `json:"PolicyDocument"`
	Description    *string `json:"Description"`
	Tags           []tag   `json:"Tags"`
}

type policyOutput struct {
	Policy managedPolicy `json:"Policy"`
}

func (s *Service) createPolicy(c *call, in *createPolicyInput) (*policyOutput, error) {
	tags, err := readTags(in.Tags, fault.InvalidRequest)
	if err != nil {
		return nil, err
	}
	return door.Update(c, func(tx *store.Tx) (*policyOutput, error) {
		p := &iam.ManagedPolicy{
			ID: iam.NewID(iam.PolicyID), Account: c.Caller.Account, Path: or(in.Path, "/"), Name: *in.PolicyName,
			Description: or(in.Description, ""), Default: 1, Last: 1, Tags: tags, Created: tx.Now(), Updated: tx.Now(),
		}
		if err := c.authorize(target{arn: p.ARN(), kind: aPolicy, requestTags: tags, tagKeys: keysOf(tags)}); err != nil {
			return nil, err
		}
		if err := addPolicy(tx, p, *in.PolicyDocument); err != nil {
			return nil, err
		}
		out, err := showPolicy(tx, p)
		out.Tags = showTags(tags)
		return &policyOutput{out}, err
	})
}

func addPolicy(tx *store.Tx, p *iam.ManagedPolicy, document string) error {
	if err := readManaged(document); err != nil {
		return err
	}
	n, err := tx.CountManagedPolicies(p.Account)
	if err == nil && n >= maxPolicies {
		err = fault.New(fault.LimitExceeded, "Cannot exceed quota for PoliciesPerAccount: %d", maxPolicies)
	}
	if err == nil {
		err = tx.AddManagedPolicy(p)
	}
	if fault.KindOf(err) == fault.AlreadyExists {
		return fault.Wrap(fault.AlreadyExists, err, "A policy called %s already exists. Duplicate names are not allowed.", p.Name)
	}
	if err != nil {
		return err
	}
	return tx.AddPolicyVersion(p.ID, iam.PolicyVersion{Number: 1, Document: document, Created: p.Created})
}

// policyARN is the input of operations that name nothing but a policy.
type policyARN struct {
	PolicyARN *string `json:"PolicyArn"`
}

func (s *Service) getPolicy(c *call, in *policyARN) (*policyOutput, error) {
	return door.View(c, func(tx *store.Tx) (*policyOutput, error) {
		p, err := s.openPolicy(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		out, err := showPolicy(tx, p)
		out.Tags = append([]tag{}, showTags(p.Tags)...)
		return &policyOutput{out}, err
	})
}

// deletePolicy removes a policy of which only the default version is left.
func (s *Service) deletePolicy(c *call, in *policyARN) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		p, err := s.openOwn(tx, c, *in.PolicyARN)
		if err != nil {
			return nil, err
		}
		used, err := showPolicy(tx, p)
		if err != nil {
			return nil, err
		}
		versions, err := tx.PolicyVersions(p.ID)
		switch {
		case err != nil:
			return nil, err
		case used.AttachmentCount+used.PermissionsBoundaryUsageCount > 0:
			return nil, fault.New(fault.DeleteConflict, "Cannot delete a policy attached to entities.")
		case len(versions) > 1:
			return nil, fault.New(fault.DeleteConflict, "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
		}
		return &door.Nothing{}, tx.DeleteManagedPolicy(p)
	})
}

type listPoliciesInput struct {
	Scope             *string `json:"Scope"`
	OnlyAttached      bool    `json:"OnlyAttached"`
	PathPrefix        *string `json:"PathPrefix"`
	PolicyUsageFilter *string `json:"PolicyUsageFilter"`
	Marker            *string `json:"Marker"`
	MaxItems          *int64  `json:"MaxItems"`
}

type listPoliciesOutput struct {
	Policies    []managedPolicy `json:"Policies"`
	IsTruncated bool            `json:"IsTruncated"`
	Marker      string          `json:"Marker"`
}

// keeps tells whether a policy is asked for, by its use.
func (in *listPoliciesInput) keeps(p managedPolicy) bool {
	attached, bounds := p.AttachmentCount > 0, p.PermissionsBoundaryUsageCount > 0
	switch or(in.PolicyUsageFilter, "") {
	case "PermissionsPolicy":
		return attached
	case "PermissionsBoundary":
		return bounds
	}
	return !in.OnlyAttached || attached || bounds
}

func (s *Service) listPolicies(c *call, in *listPoliciesInput) (*listPoliciesOutput, error) {
	prefix, scope := or(in.PathPrefix, "/"), or(in.Scope, "All")
	if err := c.authorize(target{arn: iam.EntityARN(c.Caller.Account, "policy", prefix, "")}); err != nil {
		return nil, err
	}
	return door.View(c, func(tx *store.Tx) (*listPoliciesOutput, error) {
		l, err := s.list(in.Marker, in.MaxItems, "policies", c.Caller.Account, prefix, scope)
		if err != nil {
			return nil, err
		}
		var found []*iam.ManagedPolicy
		if scope != "AWS" {
			if found, err = tx.ManagedPolicies(c.Caller.Account, prefix, "", maxPolicies); err != nil {
				return nil, err
			}
		}
		if scope != "Local" {
			found = append(found, awsPoliciesUnder(prefix)...)
		}
		byName := func(p *iam.ManagedPolicy) string { return strings.ToLower(p.Name) + " " + p.Account }
		slices.SortFunc(found, func(a, b *iam.ManagedPolicy) int { return strings.Compare(byName(a), byName(b)) })
		found = rest(l, found, byName)
		out := &listPoliciesOutput{Policies: []managedPolicy{}}
		found, out.IsTruncated, out.Marker = cut(l, found, byName)
		for _, p := range found {
			shown, err := showPolicy(tx, p)
			if err != nil {
				return nil, err
			}
			if in.keeps(shown) {
				out.Policies = append(out.Policies, shown)
			}
		}
		return out, nil
	})
}
