package secretsmanager_test

import (
	"fmt"
	"strconv"
	"testing"
)

// document is a resource policy of one statement, as a JSON string.
func document(effect, principal, action string) string {
	return strconv.Quote(fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":%q,"Principal":%s,"Action":%q,"Resource":"*"}]}`,
		effect, principal, action))
}

// attach puts a policy on db.
func attach(policy string) func(*testing.T, *bench) {
	return func(t *testing.T, b *bench) {
		b.post(t, "PutResourcePolicy", `{"SecretId":"db","ResourcePolicy":`+policy+`}`)
	}
}

// policyErrors are of the operations on resource policies, and of those policies.
func policyErrors() map[situation]reproduction {
	const put = "PutResourcePolicy"
	body := func(policy, more string) string { return `{"SecretId":"db","ResourcePolicy":` + policy + more + `}` }
	friend := attach(document("Allow", `{"AWS":"arn:aws:iam::111111111111:root"}`, "secretsmanager:*"))
	return map[situation]reproduction{
		{put, "JSON or grammar error"}:                      {body: body(`"{"`, "")},
		{put, "principal does not exist"}:                   {body: body(document("Allow", `{"AWS":"arn:aws:iam::000000000000:group/nobody"}`, "secretsmanager:GetSecretValue"), "")},
		{put, "service principal not supported"}:            {body: body(document("Allow", `{"Service":"nothing"}`, "secretsmanager:GetSecretValue"), "")},
		{put, "policy would lock the caller out"}:           {body: body(document("Deny", `"*"`, "secretsmanager:*"), "")},
		{put, "BlockPublicPolicy and broad policy"}:         {body: body(document("Allow", `"*"`, "secretsmanager:GetSecretValue"), `,"BlockPublicPolicy":true`)},
		{"ValidateResourcePolicy", "JSON or grammar error"}: {body: `{"ResourcePolicy":"{"}`},
		{"(any)", "explicit deny in resource policy"}: {given: attach(document("Deny", `"*"`, "secretsmanager:GetSecretValue")),
			by: roleWith(allow("*", "*")), call: "GetSecretValue", body: `{"SecretId":"db"}`,
			fill: []string{"<caller ARN>", role, "<Action>", "GetSecretValue", "<SecretId>", "db"}},
		{"GetSecretValue", "cross-account on a secret with the default key"}: {given: friend, by: stranger(allow("*", "*")), body: `{"SecretId":"$db"}`},
		{"PutSecretValue", "cross-account on a secret with the default key"}: {given: friend, by: stranger(allow("*", "*")),
			body: `{"SecretId":"$db","ClientRequestToken":"$v2","SecretString":"x"}`},
	}
}
