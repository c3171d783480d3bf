package identity

import "github.com/alberti-dev/alberti/door"

// iamOperations is the table of what IAM can do.
var iamOperations = []door.Row[*Service, *call]{
	door.Write("AttachRolePolicy", (*Service).attachRolePolicy),
	door.Write("CreatePolicy", (*Service).createPolicy),
	door.Write("CreatePolicyVersion", (*Service).createPolicyVersion),
	door.Write("CreateRole", (*Service).createRole),
	door.Write("DeletePolicy", (*Service).deletePolicy),
	door.Write("DeletePolicyVersion", (*Service).deletePolicyVersion),
	door.Write("DeleteRole", (*Service).deleteRole),
	door.Write("DeleteRolePermissionsBoundary", (*Service).deleteRolePermissionsBoundary),
	door.Write("DeleteRolePolicy", (*Service).deleteRolePolicy),
	door.Write("DetachRolePolicy", (*Service).detachRolePolicy),
	door.Read("GetPolicy", (*Service).getPolicy),
	door.Read("GetPolicyVersion", (*Service).getPolicyVersion),
	door.Read("GetRole", (*Service).getRole),
	door.Read("GetRolePolicy", (*Service).getRolePolicy),
	door.Read("ListAttachedRolePolicies", (*Service).listAttachedRolePolicies),
	door.Read("ListEntitiesForPolicy", (*Service).listEntitiesForPolicy),
	door.Read("ListInstanceProfilesForRole", (*Service).listInstanceProfilesForRole),
	door.Read("ListPolicies", (*Service).listPolicies),
	door.Read("ListPolicyTags", (*Service).listPolicyTags),
	door.Read("ListPolicyVersions", (*Service).listPolicyVersions),
	door.Read("ListRolePolicies", (*Service).listRolePolicies),
	door.Read("ListRoleTags", (*Service).listRoleTags),
	door.Read("ListRoles", (*Service).listRoles),
	door.Write("PutRolePermissionsBoundary", (*Service).putRolePermissionsBoundary),
	door.Write("PutRolePolicy", (*Service).putRolePolicy),
	door.Write("SetDefaultPolicyVersion", (*Service).setDefaultPolicyVersion),
	door.Write("TagPolicy", (*Service).tagPolicy),
	door.Write("TagRole", (*Service).tagRole),
	door.Write("UntagPolicy", (*Service).untagPolicy),
	door.Write("UntagRole", (*Service).untagRole),
	door.Write("UpdateAssumeRolePolicy", (*Service).updateAssumeRolePolicy),
	door.Write("UpdateRole", (*Service).updateRole),
	door.Write("UpdateRoleDescription", (*Service).updateRoleDescription),
}

// stsOperations is the table of what STS can do. Sessions are kept nowhere, so
// that nothing of it changes anything.
var stsOperations = []door.Row[*Service, *call]{
	door.Read("AssumeRole", (*Service).assumeRole).TellingAnswer(),
	door.Read("GetCallerIdentity", (*Service).getCallerIdentity),
}
