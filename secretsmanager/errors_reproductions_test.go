package secretsmanager_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/iam"
)

// reproductions are all there are, by situation.
func reproductions(t *testing.T, rows []row) map[situation]reproduction {
	t.Helper()
	all := map[situation]reproduction{}
	for _, part := range []map[situation]reproduction{
		signatureErrors(), accessErrors(), wireErrors(), constraintErrors(), stateErrors(rows),
		writingErrors(), labelErrors(), listingErrors(), rotationErrors(), policyErrors(), replicaErrors(),
	} {
		for s := range part {
			if _, twice := all[s]; twice {
				t.Errorf("%v is reproduced twice", s)
			}
		}
		maps.Copy(all, part)
	}
	return all
}

// accessErrors are of section 1.5.
func accessErrors() map[situation]reproduction {
	caller := roleWith(deny("secretsmanager:Nothing", "*"))
	out := map[situation]reproduction{
		{"(any)", "implicit deny, same account"}: {by: caller, call: "GetSecretValue", body: `{"SecretId":"db"}`,
			fill: []string{"<caller ARN>", role, "<Action>", "GetSecretValue", "<SecretId as given, or ARN>", "db"}},
		{"(any)", "implicit deny, cross account"}: {by: stranger(allow("*", "*")), call: "GetSecretValue", body: `{"SecretId":"$db"}`,
			fill: []string{"<caller ARN>", strangerARN, "<Action>", "GetSecretValue", "<ARN>", "$db"}},
		{"(any)", "explicit deny in identity policy"}: {by: roleWith(allow("*", "*"), deny("secretsmanager:Get*", "*")), call: "GetSecretValue", body: `{"SecretId":"db"}`,
			fill: []string{"<caller ARN>", role, "<Action>", "GetSecretValue", "<SecretId>", "db"}},
	}
	for _, operation := range []string{"ListSecrets", "BatchGetSecretValue", "GetRandomPassword"} {
		body := `{}`
		if operation == "BatchGetSecretValue" {
			body = `{"SecretIdList":["db"]}`
		}
		out[situation{operation, "implicit deny (no resource part)"}] = reproduction{by: caller, body: body, fill: []string{"<caller ARN>", role}}
	}
	return out
}

const strangerARN = "arn:aws:sts::111111111111:assumed-role/Other/i-2"

// stranger is a role of another account.
func stranger(statements ...string) iam.Caller {
	c := roleWith(statements...)
	c.Account, c.ARN, c.Issuer = "111111111111", strangerARN, "arn:aws:iam::111111111111:role/Other"
	return c
}

// wireErrors are of section 1.6.
func wireErrors() map[situation]reproduction {
	return map[situation]reproduction{
		{"(any)", "unknown or missing X-Amz-Target"}: {call: "secretsmanager.StealSecret", body: `{}`},
		{"(any)", "body is not JSON or a member has the wrong JSON type"}: {call: "GetSecretValue", body: `{"SecretId":7}`,
			text: "NUMBER_VALUE can not be converted to a String"},
		{"(any)", "body larger than the front end allows"}: {call: "GetSecretValue", body: `{"SecretId":"` + strings.Repeat("x", 1<<20) + `"}`,
			text: "Request size exceeded 1048576 bytes"},
		{"(any)", "server fault"}: {given: func(t *testing.T, b *bench) {
			breaks["no directory"](t, b.Dir+"/audit")
			b.Advance(24 * time.Hour) // which wants another file
		},
			call: "GetSecretValue", body: `{"SecretId":"db"}`},
	}
}

// constraintErrors are of section 1.7; TestContract has the rest.
func constraintErrors() map[situation]reproduction {
	const short = "too-short"
	long := strings.Repeat("x", 2049)
	out := map[situation]reproduction{
		{"(any)", "required member missing"}: {call: "GetSecretValue", body: `{}`, fill: []string{"<camelCaseMember>", "secretId"}},
		{"(any)", "string too long"}: {call: "GetSecretValue", body: `{"SecretId":"` + long + `"}`,
			fill: []string{"<v>", long, "<camelCaseMember>", "secretId", "<N>", "2048"}},
		{"(any)", "string too short"}: {call: "GetSecretValue", body: `{"SecretId":""}`,
			fill: []string{"<v>", "", "<camelCaseMember>", "secretId", "<N>", "1"}},
		{"(any)", "number too big"}: {call: "ListSecrets", body: `{"MaxResults":101}`,
			fill: []string{"<v>", "101", "<camelCaseMember>", "maxResults", "<N>", "100"}},
		{"(any)", "number too small"}: {call: "ListSecrets", body: `{"MaxResults":0}`,
			fill: []string{"<v>", "0", "<camelCaseMember>", "maxResults", "<N>", "1"}},
		{"(any)", "pattern mismatch"}: {call: "RotateSecret", body: `{"SecretId":"db","ClientRequestToken":"$v2","RotationRules":{"ScheduleExpression":"rate[1]"}}`,
			fill: []string{"<v>", "rate[1]", "<camelCaseMember>", "rotationRules.scheduleExpression", "<p>", `[0-9A-Za-z\(\)#\?\*\-\/, ]+`}},
		{"(any)", "enum mismatch"}: {call: "ListSecrets", body: `{"SortOrder":"up"}`,
			fill: []string{"<v>", "up", "<camelCaseMember>", "sortOrder", "<a>", "asc", "<b>", "desc"}},
		{"(any)", "several constraint failures"}: {call: "GetSecretValue", body: `{"VersionStage":""}`,
			fill: []string{"<n>", "2", "<failure>; <failure>",
				"Value null at 'secretId'" + violated + "not be null; Value '' at 'versionStage'" + violated + "have length greater than or equal to 1"}},
		{"GetRandomPassword", "length above 4096"}: {body: `{"PasswordLength":4097}`, fill: []string{"<n>", "4097"}},
		{"RotateSecret", "AutomaticallyAfterDays outside 1-1000"}: {body: `{"SecretId":"db","ClientRequestToken":"$v2","RotationRules":{"AutomaticallyAfterDays":1001}}`,
			fill: []string{"<n>", "1001"}},
		{"RotateSecret", "bad Duration pattern"}: {body: `{"SecretId":"db","ClientRequestToken":"$v2","RotationRules":{"AutomaticallyAfterDays":1,"Duration":"3m"}}`,
			fill: []string{"<v>", "3m"}},
	}
	for operation, code := range map[string]string{"CreateSecret": "Name", "PutSecretValue": "SecretId", "UpdateSecret": "SecretId", "RotateSecret": "SecretId"} {
		body := fmt.Sprintf(`{%q:"none","ClientRequestToken":%q}`, code, short)
		out[situation{operation, "ClientRequestToken shorter than 32"}] = reproduction{body: body, fill: []string{"<v>", short}}
	}
	return out
}
