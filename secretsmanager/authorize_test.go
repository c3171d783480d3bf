package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
)

const (
	role   = "arn:aws:sts::000000000000:assumed-role/App/i-1"
	issuer = "arn:aws:iam::000000000000:role/App"
)

// roleWith is a session whose role has a policy of these statements.
func roleWith(statements ...string) iam.Caller {
	return iam.Caller{
		Type: iam.AssumedRole, Account: account, Region: region, ARN: role, Issuer: issuer,
		PrincipalID: "AROAAPP:i-1", AccessKeyID: "ASIATEST", Policies: identity(statements...),
	}
}

// identity is an identity policy of these statements, none of none.
func identity(statements ...string) []*policy.Document {
	if len(statements) == 0 {
		return nil
	}
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`, policy.Identity)
	if err != nil {
		panic(fmt.Sprintf("%s: %v", statements, err)) // a mistake in the test
	}
	return []*policy.Document{d}
}

func allow(action, resource string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":%q,"Resource":%q}`, action, resource)
}

func deny(action, resource string) string {
	return fmt.Sprintf(`{"Effect":"Deny","Action":%q,"Resource":%q}`, action, resource)
}

// TestNobodyMay: without a policy nothing is allowed, whether the secret is
// there or not, and nothing changes.
func TestNobodyMay(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	before := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw
	b.As(roleWith(deny("secretsmanager:Nothing", "*"), allow("kms:*", "*")))
	denied := func(operation, id string) string {
		return fmt.Sprintf("User: %s is not authorized to perform: secretsmanager:%s on resource: %s because no identity-based policy allows the secretsmanager:%[2]s action", role, operation, id)
	}
	for operation, body := range bodies {
		t.Run(operation, func(t *testing.T) {
			for _, id := range []string{"db", "none", b.named["db"]} {
				b.refuses(t, operation, fmt.Sprintf(body, id), "AccessDeniedException", denied(operation, id))
			}
		})
	}
	b.refuses(t, "DeleteSecret", `{"SecretId":"none","ForceDeleteWithoutRecovery":true}`, "AccessDeniedException", denied("DeleteSecret", "none"))
	b.refuses(t, "CreateSecret", `{"Name":"new","ClientRequestToken":"$v1"}`, "AccessDeniedException", denied("CreateSecret", "new"))
	b.refuses(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1","SecretString":"one"}`, "AccessDeniedException", denied("CreateSecret", "db"))
	for _, operation := range []string{"ListSecrets", "GetRandomPassword", "BatchGetSecretValue"} {
		b.refuses(t, operation, `{}`, "AccessDeniedException",
			fmt.Sprintf("User: %s is not authorized to perform: secretsmanager:%s because no identity-based policy allows the secretsmanager:%[2]s action", role, operation))
	}
	b.As(iam.NewRoot(account, region, "AKIATEST"))
	if after := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw; after != before {
		t.Errorf("refusals changed\n%s to\n%s", before, after)
	}
	b.refuses(t, "DescribeSecret", `{"SecretId":"new"}`, "ResourceNotFoundException", notFound)
}

// TestPolicies: resources are matched by the ARN of the secret that is there,
// and by six question marks for one that is not.
func TestPolicies(t *testing.T) {
	b := newBench(t)
	b.create(t, "prod/db", "one")
	b.create(t, "dev/db", "two")
	const home = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:"
	const read = "secretsmanager:GetSecretValue"
	denied := func(id, why string) string {
		return "User: " + role + " is not authorized to perform: " + read + " on resource: " + id + why
	}
	const silent, explicit = " because no identity-based policy allows the " + read + " action", " with an explicit deny in an identity-based policy"
	for name, test := range map[string]struct {
		statements []string
		id, text   string // "": the value is read
	}{
		"by name":            {[]string{allow(read, home+"prod/*")}, "prod/db", ""},
		"by ARN":             {[]string{allow(read, home+"prod/db-??????")}, b.named["prod/db"], ""},
		"by partial ARN":     {[]string{allow(read, b.named["prod/db"])}, home + "prod/db", ""},
		"every action":       {[]string{allow("secretsmanager:*", "*")}, "dev/db", ""},
		"in any case":        {[]string{allow("SecretsManager:getsecretvalue", "*")}, "dev/db", ""},
		"another secret":     {[]string{allow(read, home+"prod/*")}, "dev/db", denied("dev/db", silent)},
		"without the suffix": {[]string{allow(read, home+"dev/db")}, "dev/db", denied("dev/db", silent)},
		"another action":     {[]string{allow("secretsmanager:DescribeSecret", "*")}, "dev/db", denied("dev/db", silent)},
		"denied":             {[]string{allow("*", "*"), deny(read, home+"dev/*")}, "dev/db", denied("dev/db", explicit)},
		"denied, by ARN":     {[]string{deny("*", "*"), allow("*", "*")}, b.named["dev/db"], denied(b.named["dev/db"], explicit)},
		"none, and allowed":  {[]string{allow(read, home+"none-??????")}, "none", notFound},
		"none, and silent":   {[]string{allow(read, home+"prod/*")}, "none", denied("none", silent)},
	} {
		t.Run(name, func(t *testing.T) {
			b.As(roleWith(test.statements...))
			body := fmt.Sprintf(`{"SecretId":%q}`, test.id)
			switch test.text {
			case "":
				b.does(t, "GetSecretValue", body)
			case notFound:
				b.refuses(t, "GetSecretValue", body, "ResourceNotFoundException", test.text)
			default:
				b.refuses(t, "GetSecretValue", body, "AccessDeniedException", test.text)
			}
		})
	}
}

// TestOtherAccounts: a name means the caller's own account, an ARN may mean
// another, which no policy allows here.
func TestOtherAccounts(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.As(iam.NewRoot("111111111111", region, "AKIAOTHER"))
	for operation, body := range bodies {
		b.refuses(t, operation, fmt.Sprintf(body, "db"), "ResourceNotFoundException", notFound)
		b.refuses(t, operation, fmt.Sprintf(body, b.named["db"]), "AccessDeniedException",
			fmt.Sprintf("User: arn:aws:iam::111111111111:root is not authorized to perform: secretsmanager:%s on resource: $db because no resource-based policy allows the secretsmanager:%[1]s action", operation))
	}
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1","SecretString":"theirs"}`)
	if got := b.value(t, "db", "", ""); got != "theirs" {
		t.Errorf("their own db holds %q", got)
	}
}

// TestRotateWantsInvoke: who rotates must be allowed to invoke the function.
func TestRotateWantsInvoke(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	const body = `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"` + function + `"}`
	b.As(roleWith(allow("secretsmanager:*", "*")))
	b.refuses(t, "RotateSecret", body, "AccessDeniedException",
		"User: "+role+" is not authorized to perform: lambda:InvokeFunction on resource: "+function+" because no identity-based policy allows the lambda:InvokeFunction action")
	if d := b.describe(t, "db"); d.RotationEnabled != nil {
		t.Errorf("%+v", d)
	}
	b.As(roleWith(allow("secretsmanager:*", "*"), allow("lambda:InvokeFunction", function)))
	b.does(t, "RotateSecret", body)
}

// TestCreateWithTags needs two permissions (secrets-manager.md, 2.1).
func TestCreateWithTags(t *testing.T) {
	b := newBench(t)
	const tagged = `{"Name":"db","ClientRequestToken":"$v1","Tags":[{"Key":"a","Value":"b"}]}`
	b.As(roleWith(allow("secretsmanager:CreateSecret", "*")))
	b.refuses(t, "CreateSecret", tagged, "AccessDeniedException",
		"User: "+role+" is not authorized to perform: secretsmanager:TagResource on resource: db because no identity-based policy allows the secretsmanager:TagResource action")
	b.does(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1","Tags":[]}`)
	b.As(roleWith(allow("secretsmanager:CreateSecret", "*"), allow("secretsmanager:TagResource", "arn:aws:secretsmanager:*:secret:db-*")))
	b.does(t, "CreateSecret", tagged)
}
