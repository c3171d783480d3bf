package secretsmanager_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// asked is a call of every operation on a bench with the secret db, which holds
// v1, v2 pending and a rotation, and the replica promoted; every other secret is
// its own.
var asked = []struct {
	operation, body string
	readOnly        bool
	request         string // what the trail keeps of it
	response        string // the members, for a change
}{
	{"BatchGetSecretValue", `{"SecretIdList":["db"]}`, true, `{"secretIdList":["db"]}`, ""},
	{"CreateSecret", `{"Name":"new","ClientRequestToken":"$v1","SecretString":"s3cr3t","Tags":[{"Key":"a","Value":"b"}]}`, false,
		`{"name":"new","clientRequestToken":"$v1","tags":[{"key":"a","value":"b"}]}`, "arn name versionId"},
	{"PutSecretValue", `{"SecretId":"new","ClientRequestToken":"$v2","SecretString":"s3cr3t","VersionStages":["blue"],"RotationToken":"$lease"}`, false,
		`{"secretId":"new","clientRequestToken":"$v2","versionStages":["blue"]}`, "arn name versionId versionStages"},
	{"UpdateSecret", `{"SecretId":"new","ClientRequestToken":"$v3","SecretBinary":"czNjcjN0","Description":"x"}`, false,
		`{"secretId":"new","clientRequestToken":"$v3","description":"x"}`, "arn name versionId"},
	{"UpdateSecretVersionStage", `{"SecretId":"new","VersionStage":"blue","RemoveFromVersionId":"$v2"}`, false,
		`{"secretId":"new","versionStage":"blue","removeFromVersionId":"$v2"}`, "arn name"},
	{"TagResource", `{"SecretId":"new","Tags":[{"Key":"c","Value":"d"}]}`, false, `{"secretId":"new","tags":[{"key":"c","value":"d"}]}`, ""},
	{"UntagResource", `{"SecretId":"new","TagKeys":["a"]}`, false, `{"secretId":"new","tagKeys":["a"]}`, ""},
	{"PutResourcePolicy", `{"SecretId":"new","ResourcePolicy":` + quotedPolicy + `,"BlockPublicPolicy":true}`, false,
		`{"secretId":"new","resourcePolicy":` + quotedPolicy + `,"blockPublicPolicy":true}`, "arn name"},
	{"GetResourcePolicy", `{"SecretId":"new"}`, true, `{"secretId":"new"}`, ""},
	{"ValidateResourcePolicy", `{"SecretId":"new","ResourcePolicy":` + quotedPolicy + `}`, true, `{"secretId":"new","resourcePolicy":` + quotedPolicy + `}`, ""},
	{"DeleteResourcePolicy", `{"SecretId":"new"}`, false, `{"secretId":"new"}`, "arn name"},
	{"DescribeSecret", `{"SecretId":"new"}`, true, `{"secretId":"new"}`, ""},
	{"GetSecretValue", `{"SecretId":"new","VersionStage":"AWSCURRENT"}`, true, `{"secretId":"new","versionStage":"AWSCURRENT"}`, ""},
	{"ListSecretVersionIds", `{"SecretId":"new","MaxResults":5}`, true, `{"secretId":"new","maxResults":5}`, ""},
	{"ListSecrets", `{"SortOrder":"desc"}`, true, `{"sortOrder":"desc"}`, ""},
	{"GetRandomPassword", `{"PasswordLength":8}`, true, `{"passwordLength":8}`, ""},
	{"RotateSecret", `{"SecretId":"new","ClientRequestToken":"$v4","RotationLambdaARN":"` + function + `","RotationRules":{"AutomaticallyAfterDays":3}}`, false,
		`{"secretId":"new","clientRequestToken":"$v4","rotationLambdaARN":"` + function + `","rotationRules":{"automaticallyAfterDays":3}}`, "arn name versionId"},
	{"ReplicateSecretToRegions", `{"SecretId":"new","AddReplicaRegions":[{"Region":"eu-west-2"}]}`, false,
		`{"secretId":"new","addReplicaRegions":[{"region":"eu-west-2"}]}`, "arn replicationStatus"},
	{"RemoveRegionsFromReplication", `{"SecretId":"new","RemoveReplicaRegions":["eu-west-2"]}`, false,
		`{"secretId":"new","removeReplicaRegions":["eu-west-2"]}`, "arn replicationStatus"},
	{"StopReplicationToReplica", `{"SecretId":"promoted"}`, false, `{"secretId":"promoted"}`, "arn"},
	{"CancelRotateSecret", `{"SecretId":"new"}`, false, `{"secretId":"new"}`, "arn name versionId"},
	{"DeleteSecret", `{"SecretId":"new","RecoveryWindowInDays":7}`, false, `{"secretId":"new","recoveryWindowInDays":7}`, "arn deletionDate name"},
	{"RestoreSecret", `{"SecretId":"new"}`, false, `{"secretId":"new"}`, "arn name"},
	{"alberti.DescribeRotation", `{"SecretId":"db"}`, true, `{"secretId":"db"}`, ""},
	{"alberti.ListRotations", `{"MaxResults":5}`, true, `{"maxResults":5}`, ""},
	{"alberti.RetryRotation", `{"SecretId":"db"}`, false, `{"secretId":"db"}`, "arn name versionId"},
	{"alberti.CreateFreeze", `{"From":1800000000,"To":1800003600,"Match":"prod/*","Reason":"audit"}`, false,
		`{"from":"2027-01-15T08:00:00.000Z","to":"2027-01-15T09:00:00.000Z","match":"prod/*","reason":"audit"}`,
		"createdBy createdDate freezeId from match reason to"},
	{"alberti.ManageSecret", `{"SecretId":"db","OwningService":""}`, false, `{"secretId":"db"}`, "arn name"},
	{"alberti.ListFreezes", `{}`, true, `{}`, ""},
	{"alberti.DeleteFreeze", `{"FreezeId":1}`, false, `{"freezeId":1}`, "freezeId"},
	{"alberti.StartRotation", `{"SecretId":"db","ClientRequestToken":"$v2","Force":true}`, false,
		`{"secretId":"db","clientRequestToken":"$v2","force":true}`, "arn name versionId"},
}

// TestEveryCallIsAudited: one event for each call, in the trail, or with the
// change that it tells of.
func TestEveryCallIsAudited(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "s3cr3t")
	b.does(t, "RotateSecret", rotateDB)
	b.claim(t)
	b.replica(t, "promoted")
	for _, call := range asked {
		name := call.operation[strings.LastIndex(call.operation, ".")+1:]
		later := call.request == `{}` && !call.readOnly
		b.events(t)
		r := b.post(t, call.operation, call.body)
		if (r.status == 200) == later {
			t.Fatalf("%s: %d %s", name, r.status, r.raw)
		}
		e := b.oneCall(t, name, r)
		if e.Outbox != (!call.readOnly && !later) || e.ReadOnly != call.readOnly {
			t.Errorf("%s: in the outbox %v, read only %v", name, e.Outbox, e.ReadOnly)
		}
		if got := string(e.RequestParameters); got != b.expand(call.request) && !later {
			t.Errorf("%s was asked for\n%s, want\n%s", name, got, b.expand(call.request))
		}
		if got := responseMembers(t, e); got != call.response {
			t.Errorf("%s answered with %q, want %q", name, got, call.response)
		}
		if strings.Contains(string(e.Raw), "s3cr3t") || strings.Contains(string(e.Raw), "czNjcjN0") || strings.Contains(string(e.Raw), b.named["lease"]) {
			t.Errorf("%s tells a secret: %s", name, e.Raw)
		}
	}
}

// TestEveryRefusalIsAudited, and says why.
func TestEveryRefusalIsAudited(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "s3cr3t")
	bad := map[string]string{
		"a missing secret":    `{"SecretId":"none","Name":"bad name","ClientRequestToken":"$v9","SecretString":"s3cr3t","VersionStage":"x","MoveToVersionId":"$v1","Tags":[],"TagKeys":[],"PasswordLength":1,"NextToken":"AAAA"}`,
		"a broken constraint": `{"SecretId":"","Name":"","ClientRequestToken":"short","SecretString":"s3cr3t","MaxResults":1000,"PasswordLength":0}`,
		"a wrong type":        `{"SecretId":[],"Name":[],"MaxResults":"x","PasswordLength":"x"}`,
		"no JSON":             `{"SecretString":"s3cr3t`,
	}
	for _, call := range asked {
		name := call.operation[strings.LastIndex(call.operation, ".")+1:]
		for what, body := range bad {
			b.events(t)
			r := b.post(t, call.operation, body)
			if r.status == 200 && call.body == `{}` {
				continue // an operation without members takes any
			}
			if r.status == 200 {
				t.Errorf("%s succeeds with %s", name, what)
				continue
			}
			e := b.oneCall(t, name, r)
			text, _ := r.body["Message"].(string)
			if lower, ok := r.body["message"].(string); ok {
				text = lower
			}
			if e.ErrorCode != r.body["__type"] || e.ErrorMessage != text || e.Outbox || string(e.ResponseElements) != "null" {
				t.Errorf("%s with %s:\n%s\nanswers %s", name, what, e.Raw, r.raw)
			}
			if e.ReadOnly != call.readOnly {
				t.Errorf("%s with %s: read only %v", name, what, e.ReadOnly)
			}
			if strings.Contains(string(e.Raw), "s3cr3t") {
				t.Errorf("%s with %s tells a secret: %s", name, what, e.Raw)
			}
		}
	}
}

// TestAskedIsComplete: every operation of both models is asked.
func TestAskedIsComplete(t *testing.T) {
	all := map[string]bool{}
	for _, call := range asked {
		all[call.operation] = true
	}
	for file, prefix := range map[string]string{"model.json": "", "operator.json": "alberti."} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var model struct {
			Operations map[string]any `json:"operations"`
		}
		if err := json.Unmarshal(text, &model); err != nil || len(model.Operations) == 0 {
			t.Fatal(err)
		}
		for name := range model.Operations {
			if !all[prefix+name] {
				t.Errorf("%s%s is not asked", prefix, name)
			}
		}
	}
}

// oneCall wants one event of a call, and none of another; but a batch has one for
// each secret, too.
func (b *bench) oneCall(t *testing.T, name string, r reply) event {
	t.Helper()
	var calls []event
	for _, e := range b.events(t) {
		if e.EventType == "AwsApiCall" && (name != "BatchGetSecretValue" || e.EventName == name) {
			calls = append(calls, e)
		}
	}
	if len(calls) != 1 {
		t.Fatalf("%s left %d events: %+v", name, len(calls), calls)
	}
	e, who := calls[0], b.Caller()
	if e.EventName != name || e.RequestID != r.header.Get("x-amzn-RequestId") || e.EventTime != b.Now().Format("2006-01-02T15:04:05Z") ||
		e.EventSource != "secretsmanager.amazonaws.com" || e.AWSRegion != region || e.RecipientAccountID != account ||
		e.UserIdentity.ARN != who.ARN || e.UserIdentity.AccessKeyID != who.AccessKeyID || e.SourceIPAddress != "127.0.0.1" || e.EventID == "" {
		t.Errorf("%s: %s", name, e.Raw)
	}
	return e
}

func responseMembers(t *testing.T, e event) string {
	t.Helper()
	var response map[string]any
	if err := json.Unmarshal(e.ResponseElements, &response); err != nil {
		t.Fatal(err)
	}
	return members(response)
}

// TestAuditedResources: the secret that was meant, also when it is refused.
func TestAuditedResources(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	const none = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:none-??????"
	for _, test := range []struct{ operation, body, want string }{
		{"GetSecretValue", `{"SecretId":"db"}`, b.named["db"]},
		{"TagResource", `{"SecretId":"db","Tags":[]}`, b.named["db"]},
		{"GetSecretValue", `{"SecretId":"none"}`, none},
		{"DescribeSecret", `{"SecretId":"none"}`, none},
		{"ListSecrets", `{}`, ""},
	} {
		b.events(t)
		r := b.post(t, test.operation, test.body)
		e := b.oneCall(t, test.operation, r)
		got := ""
		if len(e.Resources) == 1 {
			got = e.Resources[0].ARN
		}
		if got != test.want || len(e.Resources) > 1 {
			t.Errorf("%s %s: %+v, want %s", test.operation, test.body, e.Resources, test.want)
		}
	}
}
