package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// of runs a line of another service than Secrets Manager, as try does.
func (c *cli) of(service, line string) (stdout, stderr string, code int) {
	c.t.Helper()
	args := append([]string{service}, c.endpoint()...)
	for word := range strings.FieldsSeq(line) {
		args = append(args, os.Expand(word, func(name string) string { return c.named[name] }))
	}
	return c.run(exec.Command("aws", args...))
}

// iam runs a line that must succeed and gives the answer.
func (c *cli) iam(line string) map[string]any {
	c.t.Helper()
	stdout, stderr, code := c.of("iam", line)
	if code != 0 {
		c.t.Fatalf("aws iam %s: exit %d\n%s", line, code, stderr)
	}
	if stdout == "" {
		return nil
	}
	return parse[map[string]any](c.t, stdout)
}

// TestAWSCLIRoles makes the role of a rotation function, and takes it away again,
// as people do with the AWS CLI.
func TestAWSCLIRoles(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := newCLI(t, s)
	c.named["trust"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	c.named["may"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}]}`
	c.named["basic"] = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"

	made := c.iam("create-role --role-name Rotate --assume-role-policy-document $trust --tags Key=team,Value=red")["Role"].(map[string]any)
	c.has(made, "Arn", "arn:aws:iam::000000000000:role/Rotate", "Path", "/")
	c.iam("wait role-exists --role-name Rotate")
	c.iam("put-role-policy --role-name Rotate --policy-name secrets --policy-document $may")
	c.iam("attach-role-policy --role-name Rotate --policy-arn $basic")
	c.named["own"] = c.iam("create-policy --policy-name Own --policy-document $may")["Policy"].(map[string]any)["Arn"].(string)
	c.iam("wait policy-exists --policy-arn $own")
	c.iam("create-policy-version --policy-arn $own --policy-document $may --set-as-default")
	c.iam("put-role-permissions-boundary --role-name Rotate --permissions-boundary $own")

	found := c.iam("get-role --role-name Rotate")["Role"].(map[string]any)
	c.has(found, "MaxSessionDuration", "3600", "RoleLastUsed", "map[]", "Tags", "[map[Key:team Value:red]]",
		"PermissionsBoundary", "map[PermissionsBoundaryArn:"+c.named["own"]+" PermissionsBoundaryType:Policy]",
		"AssumeRolePolicyDocument", fmt.Sprint(parse[map[string]any](t, c.named["trust"])))
	inline := c.iam("get-role-policy --role-name Rotate --policy-name secrets")
	c.has(inline, "PolicyDocument", fmt.Sprint(parse[map[string]any](t, c.named["may"])))
	c.has(c.iam("list-role-policies --role-name Rotate"), "PolicyNames", "[secrets]")
	c.has(c.iam("list-attached-role-policies --role-name Rotate"), "AttachedPolicies", "[map[PolicyArn:"+c.named["basic"]+" PolicyName:AWSLambdaBasicExecutionRole]]")

	if stdout, stderr, code := c.of("sts", "get-caller-identity"); code != 0 || !strings.Contains(stdout, "arn:aws:iam::000000000000:root") {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	for line, says := range map[string]string{
		"iam get-role --role-name None": "(NoSuchEntity) when calling the GetRole operation: The role with name None cannot be found.",
		"sts assume-role --role-arn arn:aws:iam::000000000000:role/Rotate --role-session-name me": "(AccessDenied) when calling the AssumeRole operation: Roles may not be assumed by root accounts.",
		"iam create-user --user-name me":     "(InvalidAction) when calling the CreateUser operation: Could not find operation CreateUser for version 2010-05-08",
		"iam delete-role --role-name Rotate": "(DeleteConflict) when calling the DeleteRole operation: Cannot delete entity, must detach all policies first.",
	} {
		service, rest, _ := strings.Cut(line, " ")
		if _, stderr, code := c.of(service, rest); code == 0 || !strings.Contains(stderr, says) {
			t.Errorf("aws %s: exit %d, %s; want %s", line, code, stderr, says)
		}
	}
	s.Restart()
	c.iam("delete-role-permissions-boundary --role-name Rotate")
	c.iam("delete-policy-version --policy-arn $own --version-id v1")
	c.iam("delete-policy --policy-arn $own")
	c.iam("detach-role-policy --role-name Rotate --policy-arn $basic")
	c.iam("delete-role-policy --role-name Rotate --policy-name secrets")
	c.iam("delete-role --role-name Rotate")
	if roles := c.iam("list-roles")["Roles"].([]any); len(roles) != 0 {
		t.Errorf("left: %v", roles)
	}
}
