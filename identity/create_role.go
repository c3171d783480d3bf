package identity

import (
	"time"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// maxRoles is how many roles an account may have.
const maxRoles = 1000

type createRoleInput struct {
	RoleName                 *string `json:"RoleName"`
	AssumeRolePolicyDocument *string `json:"AssumeRolePolicyDocument"`
	Path                     *string `json:"Path"`
	Description              *string `json:"Description"`
	MaxSessionDuration       *int64  `json:"MaxSessionDuration"`
	PermissionsBoundary      *string `json:"PermissionsBoundary"`
	Tags                     []tag   `json:"Tags"`
}

type roleOutput struct {
	Role role `json:"Role"`
}

// createRole makes a role. Its answer shows what was given (iam-kms.md, 3.3).
func (s *Service) createRole(c *call, in *createRoleInput) (*roleOutput, error) {
	tags, err := readTags(in.Tags, fault.InvalidRequest)
	if err != nil {
		return nil, err
	}
	return door.Update(c, func(tx *store.Tx) (*roleOutput, error) {
		r := &iam.Role{
			ID: iam.NewID(iam.RoleID), Account: c.Caller.Account, Path: or(in.Path, "/"), Name: *in.RoleName,
			Description: or(in.Description, ""), Trust: *in.AssumeRolePolicyDocument,
			MaxSession: seconds(in.MaxSessionDuration), Boundary: or(in.PermissionsBoundary, ""), Tags: tags, Created: tx.Now(),
		}
		t := target{arn: r.ARN(), kind: aRole, requestTags: tags, tagKeys: keysOf(tags), boundary: r.Boundary}
		if err := c.authorize(t); err != nil {
			return nil, err
		}
		if err := s.addRole(tx, r); err != nil {
			return nil, err
		}
		return &roleOutput{Role: showRole(r)}, nil
	})
}

func (s *Service) addRole(tx *store.Tx, r *iam.Role) error {
	if err := readTrust(r.Trust); err != nil {
		return err
	}
	if r.Boundary != "" {
		if _, err := attachable(tx, r.Account, r.Boundary); err != nil {
			return err
		}
	}
	n, err := tx.CountRoles(r.Account)
	if err == nil && n >= maxRoles {
		err = fault.New(fault.LimitExceeded, "Cannot exceed quota for RolesPerAccount: %d", maxRoles)
	}
	if err == nil {
		err = tx.AddRole(r)
	}
	if fault.KindOf(err) == fault.AlreadyExists {
		return fault.Wrap(fault.AlreadyExists, err, "Role with name %s already exists.", r.Name)
	}
	return err
}

// or gives an optional member, and what stands for it where it is absent.
func or(given *string, absent string) string {
	if given == nil {
		return absent
	}
	return *given
}

func seconds(given *int64) time.Duration {
	if given == nil {
		return 0
	}
	return time.Duration(*given) * time.Second
}
