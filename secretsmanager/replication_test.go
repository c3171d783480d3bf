package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

const (
	onReplica = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
	inSync    = "us-east-1 InSync: Replication succeeded"
)

// TestReplication follows a secret and its copy from the creation of both to the
// copy's promotion.
func TestReplication(t *testing.T) {
	b := newBench(t)
	b.replicates(t)
	made, err := b.CreateSecret(t.Context(), &sdk.CreateSecretInput{
		Name: aws.String("db"), ClientRequestToken: aws.String(token("v1")), SecretString: aws.String("one"),
		Description: aws.String("a database"), AddReplicaRegions: []types.ReplicaRegionType{{Region: aws.String(abroad)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := made.ReplicationStatus; len(s) != 1 || *s[0].Region != abroad || s[0].Status != types.StatusTypeInProgress || *s[0].KmsKeyId != "alias/aws/secretsmanager" {
		t.Errorf("made with %+v", made.ReplicationStatus)
	}
	if got := b.standing(t, "db"); got != inSync {
		t.Errorf("the copy: %s", got)
	}
	if d := b.describe(t, "db"); aws.ToString(d.PrimaryRegion) != region || d.ReplicationStatus[0].LastAccessedDate != nil {
		t.Errorf("%+v", d)
	}

	b.in(abroad)
	arn := strings.Replace(*made.ARN, region, abroad, 1)
	d := b.describe(t, arn)
	if *d.ARN != arn || *d.PrimaryRegion != region || d.ReplicationStatus != nil || *d.Description != "a database" || written(d.VersionIdsToStages) != "v1[AWSCURRENT]" {
		t.Errorf("the replica: %+v", d)
	}
	if got := b.value(t, arn, "", ""); got != "one" {
		t.Errorf("the replica holds %q", got)
	}

	b.in(region)
	day := b.Now().Truncate(24 * time.Hour)
	d = b.awaits(t, "db", func(d *sdk.DescribeSecretOutput) bool { return d.ReplicationStatus[0].LastAccessedDate != nil })
	if !d.ReplicationStatus[0].LastAccessedDate.Equal(day) || d.LastAccessedDate != nil {
		t.Errorf("read abroad on %v, at home on %v", d.ReplicationStatus[0].LastAccessedDate, d.LastAccessedDate)
	}
	b.Advance(time.Hour)
	b.put(t, "db", "v2", "two")
	b.does(t, "TagResource", `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`)
	if got := b.standing(t, "db"); got != inSync {
		t.Errorf("the copy: %s", got)
	}
	b.in(abroad)
	if got := b.value(t, "db", "", ""); got != "two" {
		t.Errorf("the replica still holds %q", got)
	}
	if got := b.value(t, "db", "AWSPREVIOUS", ""); got != "one" {
		t.Errorf("before that it held %q", got)
	}
	if got := b.listed(t, "db", false); got != "v1[AWSPREVIOUS] v2[AWSCURRENT]" {
		t.Errorf("it lists %s", got)
	}
	if d := b.describe(t, "db"); len(d.Tags) != 1 || *d.Tags[0].Key != "a" {
		t.Errorf("its tags: %+v", d.Tags)
	}

	stopped, err := b.StopReplicationToReplica(t.Context(), &sdk.StopReplicationToReplicaInput{SecretId: aws.String("db")})
	if err != nil || *stopped.ARN != arn {
		t.Fatal(stopped, err)
	}
	b.put(t, arn, "v3", "its own")
	if d := b.describe(t, "db"); *d.ARN != arn || d.PrimaryRegion != nil || d.ReplicationStatus != nil {
		t.Errorf("promoted: %+v", d)
	}
	b.in(region)
	if d := b.describe(t, "db"); d.PrimaryRegion != nil || d.ReplicationStatus != nil {
		t.Errorf("the primary without a replica: %+v", d)
	}
	b.put(t, "db", "v4", "four")
	b.does(t, "DeleteSecret", `{"SecretId":"db"}`)
	b.in(abroad)
	if got := b.value(t, "db", "", ""); got != "its own" {
		t.Errorf("promoted, it holds %q", got)
	}
}

// TestReplicaRefuses: every write but that of its key, and its promotion.
func TestReplicaRefuses(t *testing.T) {
	b := newBench(t)
	b.replicates(t)
	b.create(t, "db", "one")
	b.does(t, "ReplicateSecretToRegions", `{"SecretId":"db","AddReplicaRegions":[{"Region":"us-east-1"}]}`)
	b.standing(t, "db")
	b.in(abroad)
	before := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw
	takes := map[string]bool{"StopReplicationToReplica": true}
	for _, call := range asked {
		takes[call.operation] = takes[call.operation] || call.readOnly
	}
	for operation, body := range bodies {
		if !takes[operation] {
			b.refuses(t, operation, fmt.Sprintf(body, "db"), "InvalidParameterException", onReplica)
		}
	}
	for _, body := range []string{
		`{"SecretId":"db","ForceDeleteWithoutRecovery":true}`, `{"SecretId":"db","RecoveryWindowInDays":7}`,
	} {
		b.refuses(t, "DeleteSecret", body, "InvalidParameterException", onReplica)
	}
	for _, members := range []string{
		``, `,"SecretString":"x"`, `,"KmsKeyId":"","Description":""`, `,"KmsKeyId":"","SecretBinary":"AAE="`,
	} {
		b.refuses(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v2"`+members+`}`, "InvalidParameterException", onReplica)
	}
	b.refuses(t, "alberti.RetryRotation", `{"SecretId":"db"}`, "InvalidParameterException", onReplica)
	b.refuses(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1","SecretString":"one"}`, "ResourceExistsException",
		"The operation failed because the secret db already exists.")
	if after := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw; after != before {
		t.Errorf("refusals changed\n%s to\n%s", before, after)
	}
	b.refuses(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","KmsKeyId":"alias/mine"}`, "InvalidParameterException",
		"The operation failed because of an invalid KMS key: Invalid keyId")
	b.does(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","KmsKeyId":"alias/aws/secretsmanager"}`)
	b.does(t, "StopReplicationToReplica", `{"SecretId":"db"}`)
	b.refuses(t, "StopReplicationToReplica", `{"SecretId":"db"}`, "InvalidParameterException",
		"Secret "+strings.Replace(b.named["db"], region, abroad, 1)+" is not a replica: there is no replication to stop.")
}

// TestReplicatedSecretStays: a primary goes after its replicas, which go at once,
// as often as that is asked.
func TestReplicatedSecretStays(t *testing.T) {
	b := newBench(t)
	b.replicates(t)
	b.create(t, "db", "one")
	b.does(t, "ReplicateSecretToRegions", `{"SecretId":"db","AddReplicaRegions":[{"Region":"us-east-1"},{"Region":"eu-west-2"}]}`)
	b.standing(t, "db")
	for _, body := range []string{`{"SecretId":"db"}`, `{"SecretId":"db","ForceDeleteWithoutRecovery":true}`} {
		b.refuses(t, "DeleteSecret", body, "InvalidParameterException",
			"You can't delete secret $db that still has replica regions [eu-west-2, us-east-1].")
	}
	b.in(abroad)
	b.value(t, "db", "", "") // in the cache
	b.in(region)
	out, err := b.RemoveRegionsFromReplication(t.Context(), &sdk.RemoveRegionsFromReplicationInput{SecretId: aws.String("db"), RemoveReplicaRegions: []string{abroad}})
	if err != nil || *out.ARN != b.named["db"] || len(out.ReplicationStatus) != 1 || *out.ReplicationStatus[0].Region != "eu-west-2" {
		t.Errorf("%+v, %v", out, err)
	}
	b.in(abroad)
	for _, operation := range []string{"DescribeSecret", "GetSecretValue"} {
		b.refuses(t, operation, `{"SecretId":"db"}`, "ResourceNotFoundException", notFound)
	}
	b.create(t, "db", "a stranger's")
	b.in(region)
	for range 2 {
		got := b.does(t, "RemoveRegionsFromReplication", `{"SecretId":"db","RemoveReplicaRegions":["us-east-1","eu-west-2"]}`)
		if asJSON(got["ReplicationStatus"]) != "[]" {
			t.Errorf("%v", got)
		}
	}
	b.does(t, "DeleteSecret", `{"SecretId":"db","ForceDeleteWithoutRecovery":true}`)
	b.in(abroad)
	if got := b.value(t, "db", "", ""); got != "a stranger's" {
		t.Errorf("it holds %q", got)
	}
}

func TestReplicaNameTaken(t *testing.T) {
	b := newBench(t)
	b.replicates(t)
	b.in(abroad)
	b.create(t, "db", "a stranger's")
	b.in(region)
	b.create(t, "db", "one")
	b.does(t, "ReplicateSecretToRegions", `{"SecretId":"db","AddReplicaRegions":[{"Region":"us-east-1"}]}`)
	if got := b.standing(t, "db"); got != "us-east-1 Failed: Replication failed: Secret name db already exists in region us-east-1." {
		t.Error(got)
	}
	b.refuses(t, "DeleteSecret", `{"SecretId":"db"}`, "InvalidParameterException",
		"You can't delete secret $db that still has replica regions [us-east-1].")
	got := b.does(t, "ReplicateSecretToRegions", `{"SecretId":"db","AddReplicaRegions":[{"Region":"us-east-1"}],"ForceOverwriteReplicaSecret":true}`)
	if text := asJSON(got["ReplicationStatus"]); text != `[{"KmsKeyId":"alias/aws/secretsmanager","Region":"us-east-1","Status":"InProgress"}]` {
		t.Error(text)
	}
	if got := b.standing(t, "db"); got != inSync {
		t.Error(got)
	}
	b.in(abroad)
	if got := b.value(t, "db", "", ""); got != "one" {
		t.Errorf("it holds %q", got)
	}
}

func TestReplicationRefusals(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	const pattern = ` failed to satisfy constraint: Member must satisfy regular expression pattern: ^([a-z]+-)+\d+$`
	for name, test := range map[string]struct{ operation, members, code, text string }{
		"home":           {"ReplicateSecretToRegions", `"AddReplicaRegions":[{"Region":"eu-west-1"}]`, "InvalidParameterException", "Invalid replica region."},
		"nowhere":        {"ReplicateSecretToRegions", `"AddReplicaRegions":[{}]`, "InvalidParameterException", "Invalid replica region."},
		"twice":          {"ReplicateSecretToRegions", `"AddReplicaRegions":[{"Region":"eu-west-2"},{"Region":"eu-west-2"}]`, "InvalidParameterException", "Invalid replica region. Region eu-west-2 is given more than once."},
		"no such key":    {"ReplicateSecretToRegions", `"AddReplicaRegions":[{"Region":"eu-west-2","KmsKeyId":"alias/mine"}]`, "InvalidParameterException", "The operation failed because of an invalid KMS key: Invalid keyId"},
		"a city":         {"ReplicateSecretToRegions", `"AddReplicaRegions":[{"Region":"Berlin"}]`, "ValidationException", "1 validation error detected: Value 'Berlin' at 'addReplicaRegions.1.member.region'" + pattern},
		"none":           {"ReplicateSecretToRegions", `"AddReplicaRegions":[]`, "ValidationException", "1 validation error detected: Value '[]' at 'addReplicaRegions' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"removed home":   {"RemoveRegionsFromReplication", `"RemoveReplicaRegions":["eu-west-1"]`, "InvalidParameterException", "Invalid replica region."},
		"removed a city": {"RemoveRegionsFromReplication", `"RemoveReplicaRegions":["Berlin"]`, "ValidationException", "1 validation error detected: Value '[Berlin]' at 'removeReplicaRegions' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ^([a-z]+-)+\\d+$]"},
		"no replica":     {"StopReplicationToReplica", `"ClientRequestToken":""`, "InvalidParameterException", "Secret $db is not a replica: there is no replication to stop."},
	} {
		t.Run(name, func(t *testing.T) {
			b.refuses(t, test.operation, `{"SecretId":"db",`+test.members+`}`, test.code, test.text)
			if d := b.describe(t, "db"); d.ReplicationStatus != nil || d.PrimaryRegion != nil {
				t.Errorf("%+v", d)
			}
		})
	}
}

// TestMayReplicate: creating with replicas wants the permission to replicate.
func TestMayReplicate(t *testing.T) {
	b := newBench(t)
	const body = `{"Name":"db","ClientRequestToken":"$v1","AddReplicaRegions":[{"Region":"us-east-1"}]}`
	create := allow("secretsmanager:CreateSecret", "*")
	b.As(roleWith(create))
	b.refuses(t, "CreateSecret", body, "AccessDeniedException",
		"User: "+role+" is not authorized to perform: secretsmanager:ReplicateSecretToRegions on resource: db because no identity-based policy allows the secretsmanager:ReplicateSecretToRegions action")
	b.As(roleWith(create, allow("secretsmanager:ReplicateSecretToRegions", "*")))
	b.does(t, "CreateSecret", body)
}

// TestCreateAgainWithReplicas: the same request once more answers the same.
func TestCreateAgainWithReplicas(t *testing.T) {
	b := newBench(t)
	const body = `{"Name":"db","ClientRequestToken":"$v1","SecretString":"one","AddReplicaRegions":[{"Region":"us-east-1"}]}`
	if first, again := asJSON(b.does(t, "CreateSecret", body)), asJSON(b.does(t, "CreateSecret", body)); first != again {
		t.Errorf("%s, and again %s", first, again)
	}
}

// TestReplicationIsListed: PrimaryRegion of both, and the filter on it.
func TestReplicationIsListed(t *testing.T) {
	b := newBench(t)
	b.replicates(t)
	b.create(t, "alone", "one")
	b.create(t, "db", "one")
	b.does(t, "ReplicateSecretToRegions", `{"SecretId":"db","AddReplicaRegions":[{"Region":"us-east-1"}]}`)
	b.standing(t, "db")
	list := func(where, primary string) string {
		b.in(where)
		out, err := b.ListSecrets(t.Context(), &sdk.ListSecretsInput{Filters: []types.Filter{{Key: types.FilterNameStringTypePrimaryRegion, Values: []string{primary}}}})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range out.SecretList {
			names = append(names, *s.Name+" of "+aws.ToString(s.PrimaryRegion))
		}
		return strings.Join(names, ", ")
	}
	for _, where := range []string{region, abroad} {
		if got := list(where, "eu-west"); got != "db of eu-west-1" {
			t.Errorf("in %s: %s", where, got)
		}
		if got := list(where, "us-east-1"); got != "" {
			t.Errorf("in %s: %s", where, got)
		}
	}
	if got := list(region, "!eu-west"); got != "alone of " {
		t.Errorf("not replicated: %s", got)
	}
}

// TestReplicationEvents: begun with the call, and done with the copy, under the
// ARN of the replica.
func TestReplicationEvents(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.events(t)
	b.does(t, "ReplicateSecretToRegions", `{"SecretId":"db","AddReplicaRegions":[{"Region":"us-east-1"}]}`)
	arn := strings.Replace(b.named["db"], region, abroad, 1)
	want := func(name string) {
		t.Helper()
		found := named(b.events(t), name)
		if len(found) != 1 || found[0].AdditionalEventData.SecretID != arn || found[0].AWSRegion != abroad || !found[0].Outbox ||
			!strings.HasSuffix(found[0].RequestID, "-"+token("v1")) {
			t.Errorf("%s: %+v", name, found)
		}
	}
	want("ReplicationStarted")
	b.replicates(t)
	b.standing(t, "db")
	want("ReplicationSucceeded")
	b.in(abroad)
	b.value(t, "db", "", "")
	b.in(region)
	b.does(t, "RemoveRegionsFromReplication", `{"SecretId":"db","RemoveReplicaRegions":["us-east-1"]}`)
	want("EndSecretVersionDelete")
}
