package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// bodies has a request of each operation that names a secret; %q is its id.
var bodies = map[string]string{
	"CancelRotateSecret":           `{"SecretId":%q}`,
	"DeleteResourcePolicy":         `{"SecretId":%q}`,
	"DeleteSecret":                 `{"SecretId":%q}`,
	"DescribeSecret":               `{"SecretId":%q}`,
	"GetResourcePolicy":            `{"SecretId":%q}`,
	"GetSecretValue":               `{"SecretId":%q}`,
	"ListSecretVersionIds":         `{"SecretId":%q}`,
	"PutResourcePolicy":            `{"SecretId":%q,"ResourcePolicy":` + quotedPolicy + `}`,
	"PutSecretValue":               `{"SecretId":%q,"ClientRequestToken":"$v2","SecretString":"x"}`,
	"RemoveRegionsFromReplication": `{"SecretId":%q,"RemoveReplicaRegions":["eu-west-2"]}`,
	"ReplicateSecretToRegions":     `{"SecretId":%q,"AddReplicaRegions":[{"Region":"eu-west-2"}]}`,
	"RestoreSecret":                `{"SecretId":%q}`,
	"RotateSecret":                 `{"SecretId":%q,"ClientRequestToken":"$v2","RotationLambdaARN":"` + function + `"}`,
	"StopReplicationToReplica":     `{"SecretId":%q}`,
	"TagResource":                  `{"SecretId":%q,"Tags":[{"Key":"a","Value":"b"}]}`,
	"UntagResource":                `{"SecretId":%q,"TagKeys":["a"]}`,
	"UpdateSecret":                 `{"SecretId":%q,"ClientRequestToken":"$v2","Description":"x"}`,
	"UpdateSecretVersionStage":     `{"SecretId":%q,"VersionStage":"blue","MoveToVersionId":"$v1"}`,
	"ValidateResourcePolicy":       `{"SecretId":%q,"ResourcePolicy":` + quotedPolicy + `}`,
}

// TestSecretIDs: every operation takes a name, an ARN and an ARN without its
// suffix, and answers with the ARN in full.
func TestSecretIDs(t *testing.T) {
	for operation, body := range bodies {
		t.Run(operation, func(t *testing.T) {
			b := newBench(t)
			for i, name := range []string{"prod/app/db", "rds!db-5", "a.b@c=d+e_f"} {
				var arn string
				if operation == "StopReplicationToReplica" {
					arn = b.replica(t, name)
				} else {
					arn = b.create(t, name, "x")
				}
				id := []string{name, arn, arn[:len(arn)-len("-a1B2c3")]}[i]
				out := b.does(t, operation, fmt.Sprintf(body, id))
				if got, ok := out["ARN"]; ok && got != arn {
					t.Errorf("%s is %v, want %s", id, got, arn)
				}
			}
		})
	}
}

func TestBadSecretIDs(t *testing.T) {
	b := newBench(t)
	for operation, body := range bodies {
		t.Run(operation, func(t *testing.T) {
			for _, id := range []string{"in ner", " leading", "trailing ", "a*b", "a?", "a]", `a\b`} {
				b.refuses(t, operation, fmt.Sprintf(body, id), "ValidationException", badName)
			}
			b.refuses(t, operation, fmt.Sprintf(body, "none"), "ResourceNotFoundException", notFound)
			if operation == "ValidateResourcePolicy" {
				return // which may be asked about no secret
			}
			b.refuses(t, operation, strings.Replace(body, `"SecretId":%q`, `"SecretId":null`, 1), "ValidationException",
				"1 validation error detected: Value null at 'secretId' failed to satisfy constraint: Member must not be null")
		})
	}
}

// TestARNs: what an ARN must have to name a secret (secrets-manager.md, 2.0).
func TestARNs(t *testing.T) {
	b := newBench(t)
	const home = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:"
	b.create(t, "db", "the one")
	b.create(t, "db-abcdef", "with a tail")
	b.create(t, "tail-abcdef", "only with a tail")
	for id, want := range map[string]string{
		"db":                     "the one",
		"db-abcdef":              "with a tail",
		b.named["db"]:            "the one",
		b.named["db-abcdef"]:     "with a tail",
		home + "db":              "the one",
		b.named["tail-abcdef"]:   "only with a tail",
		home + "tail-abcdef":     "", // taken for a complete ARN
		home + "db-XXXXXX":       "",
		home + "db-abcdef-":      "",
		home + "DB":              "",
		home + "db*":             "",
		home:                     "",
		"arn:aws:secretsmanager": "",
		strings.Replace(b.named["db"], region, "eu-west-2", 1):                   "",
		strings.Replace(b.named["db"], ":secretsmanager:", ":secretmanager:", 1): "",
	} {
		body, _ := json.Marshal(map[string]string{"SecretId": id})
		if want == "" {
			b.refuses(t, "GetSecretValue", string(body), "ResourceNotFoundException", notFound)
			b.refuses(t, "DescribeSecret", string(body), "ResourceNotFoundException", notFound)
			continue
		}
		if got := b.does(t, "GetSecretValue", string(body)); got["SecretString"] != want {
			t.Errorf("%s: %v", id, got)
		}
		if got := b.does(t, "DescribeSecret", string(body)); got["ARN"] != b.named[got["Name"].(string)] {
			t.Errorf("%s: %v", id, got)
		}
	}
}

func TestNamesAreCaseSensitive(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "lower")
	b.create(t, "DB", "upper")
	if lower, upper := b.value(t, "db", "", ""), b.value(t, "DB", "", ""); lower != "lower" || upper != "upper" {
		t.Errorf("%s, %s", lower, upper)
	}
}
