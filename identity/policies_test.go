package identity_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	iamsdk "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/alberti-dev/alberti/internal/doortest"
)

const basicExecution = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

// policy makes a managed policy.
func (b *bench) policy(t testing.TB, name, document string) (arn string) {
	t.Helper()
	made, err := b.IAM.CreatePolicy(t.Context(), &iamsdk.CreatePolicyInput{PolicyName: &name, PolicyDocument: &document})
	done(t, err)
	return *made.Policy.Arn
}

// TestPolicy makes a policy and looks at it (iam-kms.md, 3.3).
func TestPolicy(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	made, err := b.IAM.CreatePolicy(ctx, &iamsdk.CreatePolicyInput{
		PolicyName: aws.String("Read"), Path: aws.String("/team/"), PolicyDocument: aws.String(allowAll), Description: aws.String("d"),
		Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}},
	})
	done(t, err)
	p := made.Policy
	if *p.Arn != "arn:aws:iam::000000000000:policy/team/Read" || (*p.PolicyId)[:4] != "ANPA" || *p.DefaultVersionId != "v1" ||
		*p.AttachmentCount != 0 || *p.PermissionsBoundaryUsageCount != 0 || !p.IsAttachable || p.UpdateDate == nil || len(p.Tags) != 1 {
		t.Errorf("made %+v", p)
	}
	b.role(t, "App", trustLambda, "")
	b.role(t, "Capped", trustLambda, "")
	_, err = b.IAM.AttachRolePolicy(ctx, &iamsdk.AttachRolePolicyInput{RoleName: aws.String("App"), PolicyArn: p.Arn})
	done(t, err)
	_, err = b.IAM.PutRolePermissionsBoundary(ctx, &iamsdk.PutRolePermissionsBoundaryInput{RoleName: aws.String("Capped"), PermissionsBoundary: p.Arn})
	done(t, err)
	capped, err := b.IAM.GetRole(ctx, &iamsdk.GetRoleInput{RoleName: aws.String("Capped")})
	done(t, err)
	if bound := capped.Role.PermissionsBoundary; *bound.PermissionsBoundaryArn != *p.Arn || bound.PermissionsBoundaryType != "Policy" {
		t.Errorf("the boundary is %+v", bound)
	}
	found, err := b.IAM.GetPolicy(ctx, &iamsdk.GetPolicyInput{PolicyArn: p.Arn})
	done(t, err)
	if f := found.Policy; *f.AttachmentCount != 1 || *f.PermissionsBoundaryUsageCount != 1 || *f.Description != "d" || len(f.Tags) != 1 {
		t.Errorf("found %+v", f)
	}
	entities, err := b.IAM.ListEntitiesForPolicy(ctx, &iamsdk.ListEntitiesForPolicyInput{PolicyArn: p.Arn})
	if err != nil || len(entities.PolicyRoles) != 2 {
		t.Errorf("%+v, %v", entities, err)
	}
	entities, err = b.IAM.ListEntitiesForPolicy(ctx, &iamsdk.ListEntitiesForPolicyInput{PolicyArn: p.Arn, PolicyUsageFilter: types.PolicyUsageTypePermissionsBoundary})
	if err != nil || len(entities.PolicyRoles) != 1 || *entities.PolicyRoles[0].RoleName != "Capped" {
		t.Errorf("%+v, %v", entities, err)
	}
	_, err = b.IAM.DeletePolicy(ctx, &iamsdk.DeletePolicyInput{PolicyArn: p.Arn})
	doortest.Refused(t, err, "DeleteConflict", "Cannot delete a policy attached to entities.")
	_, err = b.IAM.DetachRolePolicy(ctx, &iamsdk.DetachRolePolicyInput{RoleName: aws.String("App"), PolicyArn: p.Arn})
	done(t, err)
	_, err = b.IAM.DeletePolicy(ctx, &iamsdk.DeletePolicyInput{PolicyArn: p.Arn})
	doortest.Refused(t, err, "DeleteConflict", "Cannot delete a policy attached to entities.")
	_, err = b.IAM.DeleteRolePermissionsBoundary(ctx, &iamsdk.DeleteRolePermissionsBoundaryInput{RoleName: aws.String("Capped")})
	done(t, err)
	_, err = b.IAM.DeletePolicy(ctx, &iamsdk.DeletePolicyInput{PolicyArn: p.Arn})
	done(t, err)
	_, err = b.IAM.GetPolicy(ctx, &iamsdk.GetPolicyInput{PolicyArn: p.Arn})
	doortest.Refused(t, err, "NoSuchEntity", "Policy "+*p.Arn+" was not found.")
}

// TestPolicyVersions: five are kept, numbers are never used again, and what is in
// force stays.
func TestPolicyVersions(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	arn := aws.String(b.policy(t, "Read", allowAll))
	document := `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`
	more := func(inForce bool) (*iamsdk.CreatePolicyVersionOutput, error) {
		return b.IAM.CreatePolicyVersion(ctx, &iamsdk.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: &document, SetAsDefault: inForce})
	}
	second, err := more(true)
	if err != nil || *second.PolicyVersion.VersionId != "v2" || !second.PolicyVersion.IsDefaultVersion || second.PolicyVersion.Document != nil {
		t.Errorf("%+v, %v", second, err)
	}
	_, err = b.IAM.DeletePolicyVersion(ctx, &iamsdk.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v2")})
	doortest.Refused(t, err, "DeleteConflict", "Cannot delete the default version of a policy.")
	for range 3 {
		_, err := more(false)
		done(t, err)
	}
	_, err = more(false)
	doortest.Refused(t, err, "LimitExceeded", "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.")
	_, err = b.IAM.DeletePolicyVersion(ctx, &iamsdk.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v5")})
	done(t, err)
	_, err = more(false)
	done(t, err)
	_, err = b.IAM.SetDefaultPolicyVersion(ctx, &iamsdk.SetDefaultPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v6")})
	done(t, err)
	pages, got := iamsdk.NewListPolicyVersionsPaginator(b.IAM, &iamsdk.ListPolicyVersionsInput{PolicyArn: arn, MaxItems: aws.Int32(2)}), ""
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		done(t, err)
		for _, v := range page.Versions {
			got += fmt.Sprint(*v.VersionId, v.IsDefaultVersion, " ")
		}
	}
	if got != "v6true v4false v3false v2false v1false " {
		t.Errorf("versions %s", got)
	}
	v, err := b.IAM.GetPolicyVersion(ctx, &iamsdk.GetPolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v6")})
	done(t, err)
	if text, _ := url.PathUnescape(*v.PolicyVersion.Document); text != document {
		t.Errorf("its text is %q", *v.PolicyVersion.Document)
	}
	_, err = b.IAM.DeletePolicy(ctx, &iamsdk.DeletePolicyInput{PolicyArn: arn})
	doortest.Refused(t, err, "DeleteConflict", "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
}

// TestAWSPolicies can be seen, attached and not changed, and all of them read.
func TestAWSPolicies(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.policy(t, "Mine", allowAll)
	listed, err := b.IAM.ListPolicies(ctx, &iamsdk.ListPoliciesInput{Scope: types.PolicyScopeTypeAws})
	if err != nil || len(listed.Policies) < 4 {
		t.Fatalf("%+v, %v", listed, err)
	}
	for _, p := range listed.Policies {
		v, err := b.IAM.GetPolicyVersion(ctx, &iamsdk.GetPolicyVersionInput{PolicyArn: p.Arn, VersionId: p.DefaultVersionId})
		done(t, err)
		text, err := url.PathUnescape(*v.PolicyVersion.Document)
		done(t, err)
		b.policy(t, "Copy-of-"+*p.PolicyName, text) // which reads it
	}
	local, err := b.IAM.ListPolicies(ctx, &iamsdk.ListPoliciesInput{Scope: types.PolicyScopeTypeLocal, PathPrefix: aws.String("/")})
	if err != nil || len(local.Policies) != 1+len(listed.Policies) {
		t.Errorf("%d local, %v", len(local.Policies), err)
	}
	b.role(t, "App", trustLambda, "")
	for range 2 {
		_, err = b.IAM.AttachRolePolicy(ctx, &iamsdk.AttachRolePolicyInput{RoleName: aws.String("App"), PolicyArn: aws.String(basicExecution)})
		done(t, err)
	}
	attached, err := b.IAM.ListAttachedRolePolicies(ctx, &iamsdk.ListAttachedRolePoliciesInput{RoleName: aws.String("App"), PathPrefix: aws.String("/service-role/")})
	if err != nil || len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyName != "AWSLambdaBasicExecutionRole" {
		t.Errorf("%+v, %v", attached, err)
	}
	only, err := b.IAM.ListPolicies(ctx, &iamsdk.ListPoliciesInput{OnlyAttached: true})
	if err != nil || len(only.Policies) != 1 || *only.Policies[0].Arn != basicExecution || *only.Policies[0].AttachmentCount != 1 {
		t.Errorf("%+v, %v", only, err)
	}
	_, err = b.IAM.DeleteRole(ctx, &iamsdk.DeleteRoleInput{RoleName: aws.String("App")})
	doortest.Refused(t, err, "DeleteConflict", "Cannot delete entity, must detach all policies first.")
	_, err = b.IAM.DeletePolicy(ctx, &iamsdk.DeletePolicyInput{PolicyArn: aws.String(basicExecution)})
	doortest.Refused(t, err, "AccessDenied", "User: arn:aws:iam::000000000000:root is not authorized to perform: iam:DeletePolicy on resource: policy "+basicExecution)
}

// TestTags of roles and policies: a key keeps its place and is one in any case.
func TestTags(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	b.role(t, "App", trustLambda, "")
	arn := aws.String(b.policy(t, "Read", allowAll))
	tags := func(pairs ...string) (out []types.Tag) {
		for i := 0; i < len(pairs); i += 2 {
			out = append(out, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
		return out
	}
	role := aws.String("App")
	_, err := b.IAM.TagRole(ctx, &iamsdk.TagRoleInput{RoleName: role, Tags: tags("b", "1", "a", "2")})
	done(t, err)
	_, err = b.IAM.TagRole(ctx, &iamsdk.TagRoleInput{RoleName: role, Tags: tags("B", "3", "c", "")})
	done(t, err)
	_, err = b.IAM.UntagRole(ctx, &iamsdk.UntagRoleInput{RoleName: role, TagKeys: []string{"A", "none"}})
	done(t, err)
	_, err = b.IAM.TagPolicy(ctx, &iamsdk.TagPolicyInput{PolicyArn: arn, Tags: tags("x", "1", "y", "2")})
	done(t, err)
	_, err = b.IAM.UntagPolicy(ctx, &iamsdk.UntagPolicyInput{PolicyArn: arn, TagKeys: []string{"x"}})
	done(t, err)
	show := func(tags []types.Tag) (out string) {
		for _, t := range tags {
			out += *t.Key + "=" + *t.Value + " "
		}
		return out
	}
	ofRole, err := b.IAM.ListRoleTags(ctx, &iamsdk.ListRoleTagsInput{RoleName: role})
	done(t, err)
	ofPolicy, err := b.IAM.ListPolicyTags(ctx, &iamsdk.ListPolicyTagsInput{PolicyArn: arn})
	done(t, err)
	if show(ofRole.Tags) != "B=3 c= " || show(ofPolicy.Tags) != "y=2 " {
		t.Errorf("role %q, policy %q", show(ofRole.Tags), show(ofPolicy.Tags))
	}
}
