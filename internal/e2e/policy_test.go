package e2e_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// TestResourcePolicy: what a policy denies stays denied when the server has been
// started anew, and root can still take the policy off.
func TestResourcePolicy(t *testing.T) {
	t.Parallel()
	s := serve(t)
	id := aws.String("kept/from/root")
	text := `{"Version":"2012-10-17", "Statement":{"Sid":"Not you","Effect":"Deny","Principal":"*",
		"Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["127.0.0.0/8","::1"]}}}}`
	if _, err := s.Client().CreateSecret(t.Context(), &sdk.CreateSecretInput{Name: id, SecretString: aws.String("x")}); err != nil {
		t.Fatal(err)
	}
	value(t, s.Client(), *id)
	if _, err := s.Client().PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{SecretId: id, ResourcePolicy: &text}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		_, err := s.Client().GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: id})
		wantCode(t, err, "AccessDeniedException", "User: arn:aws:iam::000000000000:root is not authorized to perform: "+
			"secretsmanager:GetSecretValue on resource: kept/from/root with an explicit deny in a resource-based policy")
		s.Restart()
	}
	got, err := s.Client().GetResourcePolicy(t.Context(), &sdk.GetResourcePolicyInput{SecretId: id})
	if err != nil || aws.ToString(got.ResourcePolicy) != text {
		t.Errorf("the policy is %s, %v", aws.ToString(got.ResourcePolicy), err)
	}
	if _, err := s.Client().DeleteResourcePolicy(t.Context(), &sdk.DeleteResourcePolicyInput{SecretId: id}); err != nil {
		t.Fatal(err)
	}
	if got := value(t, s.Client(), *id); got != "x" {
		t.Errorf("the value is %q", got)
	}
}
