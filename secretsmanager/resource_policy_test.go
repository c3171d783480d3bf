package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/iam"
)

// quotedPolicy is a resource policy as a JSON string, which changes little: root
// may what it may do anyway.
const quotedPolicy = `"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"000000000000\"},\"Action\":\"*\",\"Resource\":\"*\"}}"`

// attach puts a policy of these statements on a secret, as root.
func (b *bench) attach(t *testing.T, id string, statements ...string) {
	t.Helper()
	who := b.Caller()
	b.As(iam.NewRoot(account, region, "AKIATEST"))
	defer b.As(who)
	_, err := b.PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{SecretId: &id, ResourcePolicy: aws.String(resourcePolicy(statements...))})
	if err != nil {
		t.Fatal(err)
	}
}

func resourcePolicy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// grants is a statement of a resource policy; condition is the inside of its
// Condition.
func grants(effect, who, action, condition string) string {
	return fmt.Sprintf(`{"Effect":%q,"Principal":{"AWS":%q},"Action":%q,"Resource":"*","Condition":{%s}}`, effect, who, action, condition)
}

func TestResourcePolicy(t *testing.T) {
	b := newBench(t)
	arn := b.create(t, "db", "one")
	read := func() *sdk.GetResourcePolicyOutput {
		t.Helper()
		out, err := b.GetResourcePolicy(t.Context(), &sdk.GetResourcePolicyInput{SecretId: aws.String("db")})
		if err != nil || aws.ToString(out.ARN) != arn || aws.ToString(out.Name) != "db" {
			t.Fatalf("%+v, %v", out, err)
		}
		return out
	}
	if p := read().ResourcePolicy; p != nil {
		t.Errorf("a new secret has the policy %s", *p)
	}
	// The text comes back as it was: order, spaces and all.
	text := `{ "Statement" : [ {"Resource":"*", "Action":"secretsmanager:GetSecretValue", "Principal":{"AWS":"111111111111"}, "Effect":"Allow"} ],  "Version":"2012-10-17"}`
	b.Advance(time.Minute)
	put, err := b.PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{SecretId: aws.String("db"), ResourcePolicy: &text})
	if err != nil || aws.ToString(put.ARN) != arn || aws.ToString(put.Name) != "db" {
		t.Fatalf("%+v, %v", put, err)
	}
	if got := aws.ToString(read().ResourcePolicy); got != text {
		t.Errorf("the policy is %s", got)
	}
	changed := b.Now()
	if got := b.describe(t, "db").LastChangedDate; !got.Equal(changed) {
		t.Errorf("changed at %v, want %v", got, changed)
	}
	b.Advance(time.Minute)
	for range 2 { // without a policy, too
		gone, err := b.DeleteResourcePolicy(t.Context(), &sdk.DeleteResourcePolicyInput{SecretId: aws.String("db")})
		if err != nil || aws.ToString(gone.ARN) != arn || aws.ToString(gone.Name) != "db" {
			t.Fatalf("%+v, %v", gone, err)
		}
	}
	if p := read().ResourcePolicy; p != nil {
		t.Errorf("after its deletion the policy is %s", *p)
	}
	if got := b.describe(t, "db").LastChangedDate; !got.Equal(b.Now()) {
		t.Errorf("changed at %v, want %v", got, b.Now())
	}
	b.does(t, "DeleteSecret", `{"SecretId":"db"}`)
	for _, operation := range []string{"GetResourcePolicy", "PutResourcePolicy", "DeleteResourcePolicy", "ValidateResourcePolicy"} {
		b.refuses(t, operation, fmt.Sprintf(bodies[operation], "db"), "InvalidRequestException", deleted)
	}
}

func TestPutResourcePolicyRefuses(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	const malformed, syntax = "MalformedPolicyDocumentException", "This resource policy contains a syntax error."
	const lockOut = "Your requested changes will not allow you to manage this secret in the future."
	const broad = "You can't attach a resource-based policy that allows broad access to the secret."
	before := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw
	for name, c := range map[string]struct {
		policy, more, code, text string
	}{
		"no JSON":            {`{`, "", malformed, syntax},
		"no statement":       {`{}`, "", malformed, syntax},
		"a member twice":     {`{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}`, "", malformed, syntax},
		"no principal":       {`{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, "", malformed, syntax},
		"no such form":       {resourcePolicy(grants("Allow", "bob", "*", "")), "", malformed, "This resource policy contains an unsupported principal."},
		"part of a name":     {resourcePolicy(grants("Allow", "arn:aws:iam::000000000000:role/*", "*", "")), "", malformed, "This resource policy contains an unsupported principal."},
		"no such service":    {`{"Statement":{"Effect":"Allow","Principal":{"Service":"nobody"},"Action":"*","Resource":"*"}}`, "", malformed, "This resource policy contains an unsupported service principal."},
		"broad":              {resourcePolicy(grants("Allow", "*", "*", "")), `,"BlockPublicPolicy":true`, "PublicPolicyException", broad},
		"locks out all":      {resourcePolicy(grants("Deny", "*", "secretsmanager:*", "")), "", "InvalidRequestException", lockOut},
		"locks out the root": {resourcePolicy(grants("Deny", account, "*", "")), "", "InvalidRequestException", lockOut},
		"locks out others":   {resourcePolicy(`{"Effect":"Deny","NotPrincipal":{"AWS":"` + issuer + `"},"Action":"*","Resource":"*"}`), "", "InvalidRequestException", lockOut},
		"too long": {strings.Repeat(" ", 20481), "", "ValidationException",
			"1 validation error detected: Value '***' at 'resourcePolicy' failed to satisfy constraint: Member must have length less than or equal to 20480"},
	} {
		t.Run(name, func(t *testing.T) {
			b.refuses(t, "PutResourcePolicy", fmt.Sprintf(`{"SecretId":"db","ResourcePolicy":%q%s}`, c.policy, c.more), c.code, c.text)
		})
	}
	if after := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw; after != before {
		t.Errorf("refusals changed\n%s to\n%s", before, after)
	}
	for _, accepted := range []string{
		resourcePolicy(grants("Allow", "*", "*", "")),
		resourcePolicy(grants("Deny", "*", "secretsmanager:GetSecretValue", "")),
		strings.Repeat(" ", 20000) + resourcePolicy(grants("Deny", issuer, "*", "")),
	} {
		b.does(t, "PutResourcePolicy", fmt.Sprintf(`{"SecretId":"db","ResourcePolicy":%q,"BlockPublicPolicy":false}`, accepted))
	}
	pinned := resourcePolicy(grants("Allow", "*", "*", `"StringEquals":{"aws:SourceVpc":"vpc-1"}`))
	b.does(t, "PutResourcePolicy", fmt.Sprintf(`{"SecretId":"db","ResourcePolicy":%q,"BlockPublicPolicy":true}`, pinned))
}

// TestLockOutOfOthers: who may attach policies by its own policy must still be
// able to under the new one, and so must who has come from another account.
func TestLockOutOfOthers(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.As(roleWith(allow("secretsmanager:*", "*")))
	put := func(statements ...string) string {
		return fmt.Sprintf(`{"SecretId":%q,"ResourcePolicy":%q}`, b.named["db"], resourcePolicy(statements...))
	}
	const lockOut = "Your requested changes will not allow you to manage this secret in the future."
	b.refuses(t, "PutResourcePolicy", put(grants("Deny", issuer, "secretsmanager:PutResourcePolicy", "")), "InvalidRequestException", lockOut)
	b.does(t, "PutResourcePolicy", put(grants("Deny", account, "secretsmanager:PutResourcePolicy",
		`"ArnNotEquals":{"aws:PrincipalArn":"`+issuer+`"}`), grants("Allow", "111111111111", "secretsmanager:*", "")))

	b.As(iam.NewRoot("111111111111", region, "AKIAOTHER"))
	b.refuses(t, "PutResourcePolicy", put(grants("Allow", account, "*", "")), "InvalidRequestException", lockOut)
	b.does(t, "PutResourcePolicy", put(grants("Allow", "111111111111", "*", "")))
}

// TestRootMends: a policy that shuts root out keeps it from the secret, but not
// from the policy.
func TestRootMends(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.As(roleWith(allow("secretsmanager:*", "*")))
	b.does(t, "PutResourcePolicy", fmt.Sprintf(`{"SecretId":"db","ResourcePolicy":%q}`,
		resourcePolicy(grants("Deny", "*", "*", `"ArnNotEquals":{"aws:PrincipalArn":"`+issuer+`"}`))))
	root := iam.NewRoot(account, region, "AKIATEST")
	b.As(root)
	for _, operation := range []string{"GetSecretValue", "DescribeSecret", "DeleteSecret", "ValidateResourcePolicy"} {
		b.refuses(t, operation, fmt.Sprintf(bodies[operation], "db"), "AccessDeniedException",
			"User: "+root.ARN+" is not authorized to perform: secretsmanager:"+operation+" on resource: db with an explicit deny in a resource-based policy")
	}
	b.does(t, "GetResourcePolicy", `{"SecretId":"db"}`)
	b.does(t, "PutResourcePolicy", fmt.Sprintf(bodies["PutResourcePolicy"], "db"))
	b.does(t, "GetSecretValue", `{"SecretId":"db"}`)
}

func TestValidateResourcePolicy(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	validate := func(id *string, text string) string {
		t.Helper()
		out, err := b.ValidateResourcePolicy(t.Context(), &sdk.ValidateResourcePolicyInput{SecretId: id, ResourcePolicy: &text})
		if err != nil {
			t.Fatal(err)
		}
		names := []string{}
		for _, e := range out.ValidationErrors {
			names = append(names, aws.ToString(e.CheckName)+": "+aws.ToString(e.ErrorMessage))
		}
		return fmt.Sprintf("%v%v", out.PolicyValidationPassed, names)
	}
	const broad = "REFLEXIVE_PRINCIPAL_CHECK: This resource policy grants broad access to your secret."
	const lockOut = "LOCK_OUT_CHECK: Your requested changes will not allow you to manage this secret in the future."
	for _, id := range []*string{nil, aws.String("db"), aws.String(b.named["db"])} {
		for text, want := range map[string]string{
			resourcePolicy(grants("Allow", issuer, "*", "")):                                  "true[]",
			resourcePolicy(grants("Allow", "*", "*", "")):                                     "false[" + broad + "]",
			resourcePolicy(grants("Deny", "*", "*", "")):                                      "false[" + lockOut + "]",
			resourcePolicy(grants("Allow", "*", "a:B", ""), grants("Deny", "*", "*", "")):     "false[" + broad + " " + lockOut + "]",
			resourcePolicy(grants("Allow", "*", "*", `"StringEquals":{"aws:userid":"AIDA"}`)): "true[]",
		} {
			if got := validate(id, text); got != want {
				t.Errorf("%v of %s: %s\nwant %s", aws.ToString(id), text, got, want)
			}
		}
	}
	b.refuses(t, "ValidateResourcePolicy", `{"ResourcePolicy":"x"}`, "MalformedPolicyDocumentException", "This resource policy contains a syntax error.")
	b.refuses(t, "ValidateResourcePolicy", `{"SecretId":"none","ResourcePolicy":"x"}`, "ResourceNotFoundException", notFound)
	b.As(roleWith(allow("secretsmanager:ValidateResourcePolicy", "*")))
	for _, id := range []string{"", `"SecretId":"db",`} {
		on := ""
		if id != "" {
			on = " on resource: db"
		}
		b.refuses(t, "ValidateResourcePolicy", `{`+id+`"ResourcePolicy":`+quotedPolicy+`}`, "AccessDeniedException",
			"User: "+role+" is not authorized to perform: secretsmanager:PutResourcePolicy"+on+" because no identity-based policy allows the secretsmanager:PutResourcePolicy action")
	}
}
