package identity

// iamOperations is the table of what IAM can do.
var iamOperations = []operation{
	write("AttachRolePolicy", (*Service).attachRolePolicy),
	write("CreatePolicy", (*Service).createPolicy),
	write("CreatePolicyVersion", (*Service).createPolicyVersion),
	write("CreateRole", (*Service).createRole),
	write("DeletePolicy", (*Service).deletePolicy),
	write("DeletePolicyVersion", (*Service).deletePolicyVersion),
	write("DeleteRole", (*Service).deleteRole),
	write("DeleteRolePermissionsBoundary", (*Service).deleteRolePermissionsBoundary),
	write("DeleteRolePolicy", (*Service).deleteRolePolicy),
	write("DetachRolePolicy", (*Service).detachRolePolicy),
	read("GetPolicy", (*Service).getPolicy),
	read("GetPolicyVersion", (*Service).getPolicyVersion),
	read("GetRole", (*Service).getRole),
	read("GetRolePolicy", (*Service).getRolePolicy),
	read("ListAttachedRolePolicies", (*Service).listAttachedRolePolicies),
	read("ListEntitiesForPolicy", (*Service).listEntitiesForPolicy),
	read("ListInstanceProfilesForRole", (*Service).listInstanceProfilesForRole),
	read("ListPolicies", (*Service).listPolicies),
	read("ListPolicyTags", (*Service).listPolicyTags),
	read("ListPolicyVersions", (*Service).listPolicyVersions),
	read("ListRolePolicies", (*Service).listRolePolicies),
	read("ListRoleTags", (*Service).listRoleTags),
	read("ListRoles", (*Service).listRoles),
	write("PutRolePermissionsBoundary", (*Service).putRolePermissionsBoundary),
	write("PutRolePolicy", (*Service).putRolePolicy),
	write("SetDefaultPolicyVersion", (*Service).setDefaultPolicyVersion),
	write("TagPolicy", (*Service).tagPolicy),
	write("TagRole", (*Service).tagRole),
	write("UntagPolicy", (*Service).untagPolicy),
	write("UntagRole", (*Service).untagRole),
	write("UpdateAssumeRolePolicy", (*Service).updateAssumeRolePolicy),
	write("UpdateRole", (*Service).updateRole),
	write("UpdateRoleDescription", (*Service).updateRoleDescription),
}

// stsOperations is the table of what STS can do. Sessions are kept nowhere, so
// that nothing of it changes anything.
var stsOperations = []operation{
	tellingAnswer(read("AssumeRole", (*Service).assumeRole)),
	read("GetCallerIdentity", (*Service).getCallerIdentity),
}

// operation is one row: how to read the input and what to run.
type operation struct {
	name        string
	readOnly    bool
	tellsAnswer bool // the trail has its answer although nothing changes
	newInput    func() any
	newOutput   func() any
	run         func(s *Service, c *call, in any) (any, error)
}

func read[I, O any](name string, fn func(*Service, *call, *I) (*O, error)) operation {
	op := write(name, fn)
	op.readOnly = true
	return op
}

func write[I, O any](name string, fn func(*Service, *call, *I) (*O, error)) operation {
	return operation{
		name:      name,
		newInput:  func() any { return new(I) },
		newOutput: func() any { return new(O) },
		run: func(s *Service, c *call, in any) (any, error) {
			out, err := fn(s, c, in.(*I))
			if err != nil {
				return nil, err // a nil *O in an interface would not be nil
			}
			return out, nil
		},
	}
}

func tellingAnswer(op operation) operation {
	op.tellsAnswer = true
	return op
}

// nothing is the output of an operation that has none.
type nothing struct{}
