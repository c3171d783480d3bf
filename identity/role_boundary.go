package identity

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

type putBoundaryInput struct {
	RoleName            *string `json:"RoleName"`
	PermissionsBoundary *string `json:"PermissionsBoundary"`
}

// putRolePermissionsBoundary caps what the role's policies may grant.
func (s *Service) putRolePermissionsBoundary(c *call, in *putBoundaryInput) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		r, err := s.open(tx, c, *in.RoleName, func(t *target) { t.boundary = *in.PermissionsBoundary })
		if err != nil {
			return nil, err
		}
		if _, err := attachable(tx, r.Account, *in.PermissionsBoundary); err != nil {
			return nil, err
		}
		r.Boundary = *in.PermissionsBoundary
		return &door.Nothing{}, tx.PutRole(r)
	})
}

func (s *Service) deleteRolePermissionsBoundary(c *call, in *roleName) (*door.Nothing, error) {
	return s.changeRole(c, *in.RoleName, func(r *iam.Role) error {
		if r.Boundary == "" {
			return fault.New(fault.NotFound, "Role with name %s does not have a permissions boundary.", r.Name)
		}
		r.Boundary = ""
		return nil
	})
}
