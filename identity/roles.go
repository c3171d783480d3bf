package identity

import (
	"strings"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

func (s *Service) getRole(c *call, in *roleName) (*roleOutput, error) {
	return door.View(c, func(tx *store.Tx) (*roleOutput, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		return &roleOutput{Role: wholeRole(r)}, nil
	})
}

type listRolesInput struct {
	PathPrefix *string `json:"PathPrefix"`
	Marker     *string `json:"Marker"`
	MaxItems   *int64  `json:"MaxItems"`
}

type listRolesOutput struct {
	Roles       []role `json:"Roles"`
	IsTruncated bool   `json:"IsTruncated"`
	Marker      string `json:"Marker"`
}

func (s *Service) listRoles(c *call, in *listRolesInput) (*listRolesOutput, error) {
	// What is listed is a path: policies may let a caller see one of them.
	prefix := or(in.PathPrefix, "/")
	if err := c.authorize(target{arn: iam.EntityARN(c.Caller.Account, "role", prefix, "")}); err != nil {
		return nil, err
	}
	return door.View(c, func(tx *store.Tx) (*listRolesOutput, error) {
		l, err := s.list(in.Marker, in.MaxItems, "roles", c.Caller.Account, prefix)
		if err != nil {
			return nil, err
		}
		found, err := tx.Roles(c.Caller.Account, prefix, l.after, l.size+1)
		if err != nil {
			return nil, err
		}
		out := &listRolesOutput{Roles: []role{}}
		found, out.IsTruncated, out.Marker = cut(l, found, func(r *iam.Role) string { return strings.ToLower(r.Name) })
		for _, r := range found {
			out.Roles = append(out.Roles, listedRole(r))
		}
		return out, nil
	})
}

type updateRoleInput struct {
	RoleName           *string `json:"RoleName"`
	Description        *string `json:"Description"`
	MaxSessionDuration *int64  `json:"MaxSessionDuration"`
}

// emptyResult is an answer without members, which differs from none.
type emptyResult struct{}

// updateRole changes what it is given; what is left out stays (iam-kms.md, 3.3).
func (s *Service) updateRole(c *call, in *updateRoleInput) (*emptyResult, error) {
	return door.Update(c, func(tx *store.Tx) (*emptyResult, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		r.Description = or(in.Description, r.Description)
		if in.MaxSessionDuration != nil {
			r.MaxSession = seconds(in.MaxSessionDuration)
		}
		return &emptyResult{}, tx.PutRole(r)
	})
}

type updateRoleDescriptionInput struct {
	RoleName    *string `json:"RoleName"`
	Description *string `json:"Description"`
}

func (s *Service) updateRoleDescription(c *call, in *updateRoleDescriptionInput) (*roleOutput, error) {
	return door.Update(c, func(tx *store.Tx) (*roleOutput, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		r.Description = *in.Description
		return &roleOutput{Role: showRole(r)}, tx.PutRole(r)
	})
}

type updateAssumeRolePolicyInput struct {
	RoleName       *string `json:"RoleName"`
	PolicyDocument *string `json:"PolicyDocument"`
}

func (s *Service) updateAssumeRolePolicy(c *call, in *updateAssumeRolePolicyInput) (*door.Nothing, error) {
	return s.changeRole(c, *in.RoleName, func(r *iam.Role) error {
		r.Trust = *in.PolicyDocument
		return readTrust(r.Trust)
	})
}

// deleteRole removes a role, once nothing belongs to it. Its sessions end with it.
func (s *Service) deleteRole(c *call, in *roleName) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		r, err := s.open(tx, c, *in.RoleName)
		if err != nil {
			return nil, err
		}
		attached, err := tx.Attached(r.ID)
		if err != nil {
			return nil, err
		}
		inline, err := tx.InlinePolicies(r.ID)
		switch {
		case err != nil:
			return nil, err
		case len(attached) > 0:
			return nil, fault.New(fault.DeleteConflict, "Cannot delete entity, must detach all policies first.")
		case len(inline) > 0:
			return nil, fault.New(fault.DeleteConflict, "Cannot delete entity, must delete policies first.")
		}
		return &door.Nothing{}, tx.DeleteRole(r)
	})
}

type instanceProfilesInput struct {
	RoleName *string `json:"RoleName"`
	Marker   *string `json:"Marker"`
	MaxItems *int64  `json:"MaxItems"`
}

type instanceProfilesOutput struct {
	InstanceProfiles []instanceProfile `json:"InstanceProfiles"`
	IsTruncated      bool              `json:"IsTruncated"`
}

// instanceProfile is what there is none of here.
type instanceProfile struct{}

// listInstanceProfilesForRole is what Terraform asks before it deletes a role.
func (s *Service) listInstanceProfilesForRole(c *call, in *instanceProfilesInput) (*instanceProfilesOutput, error) {
	return door.View(c, func(tx *store.Tx) (*instanceProfilesOutput, error) {
		_, err := s.open(tx, c, *in.RoleName)
		return &instanceProfilesOutput{InstanceProfiles: []instanceProfile{}}, err
	})
}
