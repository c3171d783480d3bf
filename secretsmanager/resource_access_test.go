package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
)

const (
	foreign       = "111111111111"
	foreignRole   = "arn:aws:sts::111111111111:assumed-role/Their/i-2"
	foreignIssuer = "arn:aws:iam::111111111111:role/Their"
	defaultKey    = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
)

// foreigner is a session of another account.
func foreigner(statements ...string) iam.Caller {
	return iam.Caller{
		Type: iam.AssumedRole, Account: foreign, Region: region, ARN: foreignRole, Issuer: foreignIssuer,
		PrincipalID: "AROATHEIR:i-2", Policies: identity(statements...),
	}
}

func refusal(who, operation, on, why string) string {
	return "User: " + who + " is not authorized to perform: secretsmanager:" + operation + " on resource: " + on + why
}

func noPolicy(kind, operation string) string {
	return " because no " + kind + " policy allows the secretsmanager:" + operation + " action"
}

const explicitly = " with an explicit deny in a resource-based policy"

// TestPolicyOfTheSecret: what it allows and denies takes effect with the very
// next read, of a value that is kept or not.
func TestPolicyOfTheSecret(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	caller := roleWith()
	b.As(caller)
	may := func(want bool) {
		t.Helper()
		for range 3 { // the first reads the store, the others what is kept
			if want {
				b.does(t, "GetSecretValue", `{"SecretId":"db"}`)
				continue
			}
			b.refuses(t, "GetSecretValue", `{"SecretId":"db"}`, "AccessDeniedException",
				refusal(role, "GetSecretValue", "db", noPolicy("identity-based", "GetSecretValue")))
		}
	}
	may(false)
	b.attach(t, "db", grants("Allow", issuer, "secretsmanager:GetSecretValue", ""))
	may(true)
	b.attach(t, "db", grants("Allow", account, "secretsmanager:GetSecretValue", "")) // which leaves it to the role's policies
	may(false)
	b.attach(t, "db", grants("Allow", role, "secretsmanager:*", ""))
	may(true)
	b.attach(t, "db", grants("Allow", strings.Replace(role, "i-1", "i-2", 1), "*", ""))
	may(false)
	b.attach(t, "db", grants("Allow", "*", "secretsmanager:GetSecretValue", `"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/App"}`))
	may(true)
	b.attach(t, "db", `{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:secretsmanager:*:*:secret:other-*"}`)
	may(false)
	b.attach(t, "db", grants("Allow", issuer, "*", ""))
	may(true)
	b.As(iam.NewRoot(account, region, "AKIATEST"))
	b.does(t, "DeleteResourcePolicy", `{"SecretId":"db"}`)
	b.As(caller)
	may(false)
}

// TestDenyOfTheSecret: a Deny is for everybody that it names, root too, and
// whatever was read before.
func TestDenyOfTheSecret(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	root := iam.NewRoot(account, region, "AKIATEST")
	for _, caller := range []iam.Caller{root, roleWith(allow("*", "*"))} {
		b.As(caller)
		b.attach(t, "db", grants("Deny", foreign, "*", ""))
		b.does(t, "GetSecretValue", `{"SecretId":"db"}`)
		b.attach(t, "db", grants("Deny", "*", "secretsmanager:GetSecretValue", ""))
		for _, body := range []string{`{"SecretId":"db"}`, `{"SecretId":"db","VersionId":"$v1"}`, `{"SecretId":"db"}`} {
			b.refuses(t, "GetSecretValue", body, "AccessDeniedException", refusal(caller.ARN, "GetSecretValue", "db", explicitly))
		}
		b.does(t, "DescribeSecret", `{"SecretId":"db"}`)
		for operation, body := range bodies {
			if operation == "GetResourcePolicy" || operation == "PutResourcePolicy" || operation == "DeleteResourcePolicy" {
				continue
			}
			b.attach(t, "db", grants("Deny", "*", "secretsmanager:"+operation, ""))
			b.refuses(t, operation, fmt.Sprintf(body, "db"), "AccessDeniedException", refusal(caller.ARN, operation, "db", explicitly))
		}
	}
	b.As(root)
	b.does(t, "DeleteResourcePolicy", `{"SecretId":"db"}`)
	if got := b.stages(t, "db"); got != "v1[AWSCURRENT]" {
		t.Errorf("refusals left %s", got)
	}
}

// TestAcrossAccounts: both accounts must allow, the secret must be named by its
// ARN, and its value is out of reach while the default key encrypts it
// (secrets-manager.md, 6.3).
func TestAcrossAccounts(t *testing.T) {
	b := newBench(t)
	arn := b.create(t, "db", "one")
	only := grants("Allow", foreignIssuer, "secretsmanager:*", "")
	for name, c := range map[string]struct {
		caller iam.Caller
		policy string
		text   string // "" when the secret may be described
	}{
		"no policies":       {foreigner(), grants("Allow", issuer, "*", ""), noPolicy("resource-based", "DescribeSecret")},
		"only here":         {foreigner(), only, noPolicy("identity-based", "DescribeSecret")},
		"only there":        {foreigner(allow("*", "*")), grants("Allow", issuer, "*", ""), noPolicy("resource-based", "DescribeSecret")},
		"both":              {foreigner(allow("secretsmanager:*", arn)), only, ""},
		"by account":        {foreigner(allow("secretsmanager:*", arn)), grants("Allow", foreign, "secretsmanager:*", ""), ""},
		"denied there":      {foreigner(allow("*", "*"), deny("*", arn)), only, " with an explicit deny in an identity-based policy"},
		"denied here":       {foreigner(allow("*", "*")), only + "," + grants("Deny", foreign, "*", ""), explicitly},
		"another's session": {foreigner(allow("*", "*")), grants("Allow", strings.Replace(foreignRole, "i-2", "i-3", 1), "*", ""), noPolicy("resource-based", "DescribeSecret")},
	} {
		t.Run(name, func(t *testing.T) {
			b.attach(t, "db", c.policy)
			b.As(c.caller)
			if c.text != "" {
				b.refuses(t, "DescribeSecret", `{"SecretId":"$db"}`, "AccessDeniedException", refusal(foreignRole, "DescribeSecret", arn, c.text))
				return
			}
			b.does(t, "DescribeSecret", `{"SecretId":"$db"}`)
		})
	}

	b.attach(t, "db", only)
	b.As(foreigner(allow("secretsmanager:*", "*")))
	for range 2 {
		_, err := b.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: &arn})
		doortest.Refused(t, err, "InvalidRequestException", defaultKey)
	}
	_, err := b.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: &arn, SecretString: aws.String("two")})
	doortest.Refused(t, err, "InvalidRequestException", defaultKey)
	_, err = b.UpdateSecret(t.Context(), &sdk.UpdateSecretInput{SecretId: &arn, SecretString: aws.String("two")})
	doortest.Refused(t, err, "InvalidRequestException", defaultKey)
	b.does(t, "UpdateSecret", `{"SecretId":"$db","ClientRequestToken":"$u","Description":"theirs"}`)
	b.does(t, "TagResource", `{"SecretId":"$db","Tags":[{"Key":"a","Value":"b"}]}`)
	b.does(t, "ListSecretVersionIds", `{"SecretId":"$db"}`)
	b.does(t, "GetResourcePolicy", `{"SecretId":"$db"}`)
	b.does(t, "DeleteSecret", `{"SecretId":"$db"}`)
	b.does(t, "RestoreSecret", `{"SecretId":"$db"}`)
	b.refuses(t, "DescribeSecret", `{"SecretId":"db"}`, "ResourceNotFoundException", notFound)
}

// TestBoundaries: a boundary and session policies cap what a role may do.
func TestBoundaries(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	bounded := roleWith(allow("*", "*"))
	bounded.Boundary = identity(allow("secretsmanager:Describe*", "*"))[0]
	b.As(bounded)
	b.does(t, "DescribeSecret", `{"SecretId":"db"}`)
	b.refuses(t, "GetSecretValue", `{"SecretId":"db"}`, "AccessDeniedException",
		refusal(role, "GetSecretValue", "db", " because no permissions boundary allows the secretsmanager:GetSecretValue action"))
	narrowed := roleWith(allow("*", "*"))
	narrowed.SessionPolicies = identity(allow("secretsmanager:List*", "*"))
	b.As(narrowed)
	b.does(t, "ListSecrets", `{}`)
	b.refuses(t, "GetSecretValue", `{"SecretId":"db"}`, "AccessDeniedException",
		refusal(role, "GetSecretValue", "db", " because no session policy allows the secretsmanager:GetSecretValue action"))
}

// TestTagsThatShutOut: whoever would lose its access by a change of tags is
// refused (secrets-manager.md, 2.14).
func TestTagsThatShutOut(t *testing.T) {
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1","Tags":[{"Key":"team","Value":"red"}]}`)
	mine := `{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}}`
	caller := roleWith(mine)
	caller.Tags = map[string]string{"team": "red"}
	b.As(caller)
	b.does(t, "TagResource", `{"SecretId":"db","Tags":[{"Key":"other","Value":"x"}]}`)
	b.refuses(t, "TagResource", `{"SecretId":"db","Tags":[{"Key":"team","Value":"blue"}]}`, "AccessDeniedException",
		refusal(role, "TagResource", "db", noPolicy("identity-based", "TagResource")))
	b.refuses(t, "UntagResource", `{"SecretId":"db","TagKeys":["team"]}`, "AccessDeniedException",
		refusal(role, "UntagResource", "db", noPolicy("identity-based", "UntagResource")))
	b.does(t, "UntagResource", `{"SecretId":"db","TagKeys":["other"]}`)
	if got := asJSON(b.does(t, "DescribeSecret", `{"SecretId":"db"}`)["Tags"]); got != `[{"Key":"team","Value":"red"}]` {
		t.Errorf("the tags are %s", got)
	}
	caller.Tags = map[string]string{"team": "blue"}
	b.As(caller)
	b.refuses(t, "GetSecretValue", `{"SecretId":"db"}`, "AccessDeniedException",
		refusal(role, "GetSecretValue", "db", noPolicy("identity-based", "GetSecretValue")))
}
