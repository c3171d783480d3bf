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

// TestRole makes a role and looks at it in every way there is (iam-kms.md, 3.3).
func TestRole(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	trust := trustLambda + " \n" // as it was given, white space too
	made, err := b.IAM.CreateRole(ctx, &iamsdk.CreateRoleInput{
		RoleName: aws.String("App"), Path: aws.String("/apps/"), AssumeRolePolicyDocument: &trust, Description: aws.String("an app"),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("")}},
	})
	done(t, err)
	r := made.Role
	if *r.Arn != "arn:aws:iam::000000000000:role/apps/App" || len(*r.RoleId) != 21 || (*r.RoleId)[:4] != "AROA" || *r.Path != "/apps/" ||
		*r.Description != "an app" || r.MaxSessionDuration != nil || r.RoleLastUsed != nil || r.PermissionsBoundary != nil ||
		r.CreateDate.Format("2006-01-02T15:04:05") != "2026-11-21T09:30:15" || len(r.Tags) != 1 || *r.Tags[0].Value != "" {
		t.Errorf("made %+v", r)
	}
	if got, err := url.PathUnescape(*r.AssumeRolePolicyDocument); err != nil || got != trust {
		t.Errorf("the trust policy is %q, %v", *r.AssumeRolePolicyDocument, err)
	}
	found, err := b.IAM.GetRole(ctx, &iamsdk.GetRoleInput{RoleName: aws.String("app")})
	done(t, err)
	if g := found.Role; *g.RoleId != *r.RoleId || *g.RoleName != "App" || *g.MaxSessionDuration != 3600 || g.RoleLastUsed == nil ||
		g.RoleLastUsed.LastUsedDate != nil || len(g.Tags) != 1 {
		t.Errorf("found %+v", g)
	}
	listed, err := b.IAM.ListRoles(ctx, &iamsdk.ListRolesInput{PathPrefix: aws.String("/apps")})
	done(t, err)
	if l := listed.Roles; len(l) != 1 || l[0].Tags != nil || l[0].RoleLastUsed != nil || *l[0].MaxSessionDuration != 3600 {
		t.Errorf("listed %+v", l)
	}
	if _, err := b.IAM.UpdateRole(ctx, &iamsdk.UpdateRoleInput{RoleName: aws.String("App"), MaxSessionDuration: aws.Int32(7200)}); err != nil {
		t.Fatal(err)
	}
	changed, err := b.IAM.UpdateRoleDescription(ctx, &iamsdk.UpdateRoleDescriptionInput{RoleName: aws.String("App"), Description: aws.String("")})
	done(t, err)
	if c := changed.Role; c.Description != nil || *c.MaxSessionDuration != 7200 {
		t.Errorf("changed %+v", c)
	}
	profiles, err := b.IAM.ListInstanceProfilesForRole(ctx, &iamsdk.ListInstanceProfilesForRoleInput{RoleName: aws.String("App")})
	if err != nil || profiles.InstanceProfiles == nil || len(profiles.InstanceProfiles) != 0 {
		t.Errorf("%+v, %v", profiles, err)
	}
	_, err = b.IAM.DeleteRole(ctx, &iamsdk.DeleteRoleInput{RoleName: aws.String("App")})
	done(t, err)
	_, err = b.IAM.GetRole(ctx, &iamsdk.GetRoleInput{RoleName: aws.String("App")})
	doortest.Refused(t, err, "NoSuchEntity", "The role with name App cannot be found.")
}

// TestRolePages lists roles page by page, without repeats and gaps.
func TestRolePages(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	for i := range 7 {
		b.role(t, fmt.Sprintf("R%d", i), trustLambda, "")
	}
	pages, got := iamsdk.NewListRolesPaginator(b.IAM, &iamsdk.ListRolesInput{MaxItems: aws.Int32(3)}), ""
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		done(t, err)
		for _, r := range page.Roles {
			got += *r.RoleName
		}
		got += " "
	}
	if got != "R0R1R2 R3R4R5 R6 " {
		t.Errorf("pages %q", got)
	}
	first, err := b.IAM.ListRoles(ctx, &iamsdk.ListRolesInput{MaxItems: aws.Int32(3)})
	done(t, err)
	_, err = b.IAM.ListRoles(ctx, &iamsdk.ListRolesInput{Marker: first.Marker, PathPrefix: aws.String("/other/")})
	doortest.Refused(t, err, "ValidationError", "Invalid Marker.")
}

// TestInlinePolicies writes, reads, lists and removes them.
func TestInlinePolicies(t *testing.T) {
	b, ctx, role := newBench(t), t.Context(), aws.String("App")
	b.role(t, "App", trustLambda, "")
	// What is escaped already stays so (iam-kms.md, 3.1).
	document := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/a%3A b+c"}]}`
	for range 2 {
		_, err := b.IAM.PutRolePolicy(ctx, &iamsdk.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("one"), PolicyDocument: &document})
		done(t, err)
	}
	got, err := b.IAM.GetRolePolicy(ctx, &iamsdk.GetRolePolicyInput{RoleName: role, PolicyName: aws.String("one")})
	done(t, err)
	if text, err := url.PathUnescape(*got.PolicyDocument); err != nil || text != document || *got.RoleName != "App" || *got.PolicyName != "one" {
		t.Errorf("%q, %v", *got.PolicyDocument, err)
	}
	_, err = b.IAM.PutRolePolicy(ctx, &iamsdk.PutRolePolicyInput{RoleName: role, PolicyName: aws.String("two"), PolicyDocument: aws.String(allowAll)})
	done(t, err)
	pages, names := iamsdk.NewListRolePoliciesPaginator(b.IAM, &iamsdk.ListRolePoliciesInput{RoleName: role, MaxItems: aws.Int32(1)}), ""
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		done(t, err)
		names += fmt.Sprint(page.PolicyNames)
	}
	if names != "[one][two]" {
		t.Errorf("listed %s", names)
	}
	_, err = b.IAM.DeleteRole(ctx, &iamsdk.DeleteRoleInput{RoleName: role})
	doortest.Refused(t, err, "DeleteConflict", "Cannot delete entity, must delete policies first.")
	for _, name := range []string{"one", "two"} {
		_, err := b.IAM.DeleteRolePolicy(ctx, &iamsdk.DeleteRolePolicyInput{RoleName: role, PolicyName: &name})
		done(t, err)
	}
	_, err = b.IAM.DeleteRolePolicy(ctx, &iamsdk.DeleteRolePolicyInput{RoleName: role, PolicyName: aws.String("one")})
	doortest.Refused(t, err, "NoSuchEntity", "The role policy with name one cannot be found.")
}
