package identity

import (
	"time"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// role is a role on the wire. What a listing leaves out is optional.
type role struct {
	Path                     string        `json:"Path"`
	RoleName                 string        `json:"RoleName"`
	RoleID                   string        `json:"RoleId"`
	ARN                      string        `json:"Arn"`
	CreateDate               awsjson.Time  `json:"CreateDate"`
	AssumeRolePolicyDocument string        `json:"AssumeRolePolicyDocument"`
	Description              string        `json:"Description"`
	MaxSessionDuration       *int64        `json:"MaxSessionDuration"`
	PermissionsBoundary      *boundary     `json:"PermissionsBoundary"`
	Tags                     []tag         `json:"Tags"`
	RoleLastUsed             *roleLastUsed `json:"RoleLastUsed"`
}

type boundary struct {
	Type string `json:"PermissionsBoundaryType"`
	ARN  string `json:"PermissionsBoundaryArn"`
}

// roleLastUsed is always empty: the use of roles is not noted.
type roleLastUsed struct {
	LastUsedDate awsjson.Time `json:"LastUsedDate"`
	Region       string       `json:"Region"`
}

// roleName is the input of operations that name nothing but a role.
type roleName struct {
	RoleName *string `json:"RoleName"`
}

// showRole shows a role as CreateRole does.
func showRole(r *iam.Role) role {
	out := listedRole(r)
	if r.MaxSession == 0 {
		out.MaxSessionDuration = nil
	}
	out.Tags = showTags(r.Tags)
	if r.Boundary != "" {
		out.PermissionsBoundary = &boundary{"Policy", r.Boundary}
	}
	return out
}

// listedRole shows a role as ListRoles does (iam-kms.md, 3.3).
func listedRole(r *iam.Role) role {
	longest := int64(r.LongestSession() / time.Second)
	return role{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: r.ARN(), CreateDate: awsjson.Time(r.Created),
		AssumeRolePolicyDocument: escaped(r.Trust), Description: r.Description, MaxSessionDuration: &longest,
	}
}

// wholeRole shows a role as GetRole does.
func wholeRole(r *iam.Role) role {
	out := showRole(r)
	out.MaxSessionDuration = listedRole(r).MaxSessionDuration
	out.RoleLastUsed = &roleLastUsed{}
	return out
}

// open is the way to a role: it authorises the caller and only then says whether
// there is such a role. asks adds the condition keys of the request.
func (s *Service) open(tx *store.Tx, c *call, name string, asks ...func(*target)) (*iam.Role, error) {
	r, err := tx.Role(c.Caller.Account, name)
	if err != nil {
		return nil, err
	}
	t := roleTarget(c.Caller.Account, name, r)
	for _, ask := range asks {
		ask(&t)
	}
	if err := c.authorize(t); err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fault.New(fault.NotFound, "The role with name %s cannot be found.", name)
	}
	return r, nil
}

// changeRole runs an operation that changes a role and has no answer.
func (s *Service) changeRole(c *call, name string, change func(*iam.Role) error, asks ...func(*target)) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		r, err := s.open(tx, c, name, asks...)
		if err == nil {
			err = change(r)
		}
		if err != nil {
			return nil, err
		}
		return &door.Nothing{}, tx.PutRole(r)
	})
}
