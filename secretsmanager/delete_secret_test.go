package secretsmanager_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestDeleteSecret(t *testing.T) {
	b := newBench(t)
	for name, test := range map[string]struct {
		days  *int64
		force *bool
		after time.Duration
	}{
		"month":    {nil, nil, 30 * 24 * time.Hour},
		"week":     {aws.Int64(7), nil, 7 * 24 * time.Hour},
		"no-force": {aws.Int64(8), aws.Bool(false), 8 * 24 * time.Hour},
	} {
		arn := b.create(t, name, "x")
		out, err := b.DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: &name, RecoveryWindowInDays: test.days, ForceDeleteWithoutRecovery: test.force})
		if err != nil || *out.ARN != arn || *out.Name != name || !out.DeletionDate.Equal(b.Now().Add(test.after)) {
			t.Errorf("%s: %+v, %v", name, out, err)
		}
		if d := b.describe(t, name); !d.DeletedDate.Equal(*out.DeletionDate) || written(d.VersionIdsToStages) != "v1[AWSCURRENT]" {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

// TestDeletedSecret: what can be done with a secret that is scheduled for
// deletion, and what cannot (secrets-manager.md, 2.0).
func TestDeletedSecret(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.value(t, "db", "", "") // in the cache
	b.does(t, "DeleteSecret", `{"SecretId":"db"}`)
	for operation, body := range map[string]string{
		"GetSecretValue":               `{"SecretId":"db"}`,
		"PutSecretValue":               `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two"}`,
		"UpdateSecret":                 `{"SecretId":"db","ClientRequestToken":"$v2","Description":"x"}`,
		"UpdateSecretVersionStage":     `{"SecretId":"db","VersionStage":"blue","MoveToVersionId":"$v1"}`,
		"TagResource":                  `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`,
		"UntagResource":                `{"SecretId":"db","TagKeys":["a"]}`,
		"RotateSecret":                 `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"` + function + `"}`,
		"CancelRotateSecret":           `{"SecretId":"db"}`,
		"ReplicateSecretToRegions":     `{"SecretId":"db","AddReplicaRegions":[{"Region":"eu-west-2"}]}`,
		"RemoveRegionsFromReplication": `{"SecretId":"db","RemoveReplicaRegions":["eu-west-2"]}`,
		"StopReplicationToReplica":     `{"SecretId":"db"}`,
		"DeleteSecret":                 `{"SecretId":"db","RecoveryWindowInDays":7}`,
	} {
		t.Run(operation, func(t *testing.T) {
			b.refuses(t, operation, body, "InvalidRequestException", deleted)
		})
	}
	b.refuses(t, "GetSecretValue", `{"SecretId":"db","VersionId":"$v9"}`, "InvalidRequestException", deleted)
	b.does(t, "DescribeSecret", `{"SecretId":"db"}`)
	if got := b.listed(t, "db", false); got != "v1[AWSCURRENT]" {
		t.Errorf("versions: %s", got)
	}
	b.does(t, "RestoreSecret", `{"SecretId":"db"}`)
	if got := b.value(t, "db", "", ""); got != "one" {
		t.Errorf("restored, it holds %q", got)
	}
}

func TestRestoreSecret(t *testing.T) {
	b := newBench(t)
	arn := b.create(t, "db", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"db"}`)
	for _, what := range []string{"deleted", "live"} {
		b.Advance(time.Second)
		out, err := b.RestoreSecret(t.Context(), &sdk.RestoreSecretInput{SecretId: aws.String("db")})
		if err != nil || *out.ARN != arn || *out.Name != "db" {
			t.Errorf("%s: %+v, %v", what, out, err)
		}
		if d := b.describe(t, "db"); d.DeletedDate != nil {
			t.Errorf("%s: %v", what, d.DeletedDate)
		}
	}
	if d := b.describe(t, "db"); !d.LastChangedDate.Equal(b.Now().Add(-time.Second)) {
		t.Errorf("restoring a live secret changed it: %v", d.LastChangedDate)
	}
	b.put(t, "db", "v2", "two")
	b.refuses(t, "RestoreSecret", `{"SecretId":"none"}`, "ResourceNotFoundException", notFound)
}

func TestDeleteNow(t *testing.T) {
	b, force := newBench(t), aws.Bool(true)
	for _, scheduled := range []bool{false, true} {
		arn := b.create(t, "db", "one")
		b.value(t, "db", "", "")
		if scheduled {
			b.does(t, "DeleteSecret", `{"SecretId":"db"}`)
		}
		out, err := b.DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: &arn, ForceDeleteWithoutRecovery: force})
		if err != nil || *out.ARN != arn || *out.Name != "db" || !out.DeletionDate.Equal(b.Now()) {
			t.Errorf("%+v, %v", out, err)
		}
		for _, operation := range []string{"DescribeSecret", "GetSecretValue", "RestoreSecret", "ListSecretVersionIds"} {
			b.refuses(t, operation, `{"SecretId":"db"}`, "ResourceNotFoundException", notFound)
		}
		if got := b.names(t, &sdk.ListSecretsInput{IncludePlannedDeletion: force}); got != "" {
			t.Errorf("listed: %s", got)
		}
	}
}

// TestDeleteUnknown: by force, what is not there is deleted all the same.
func TestDeleteUnknown(t *testing.T) {
	b := newBench(t)
	b.refuses(t, "DeleteSecret", `{"SecretId":"none"}`, "ResourceNotFoundException", notFound)
	b.refuses(t, "DeleteSecret", `{"SecretId":"none","ForceDeleteWithoutRecovery":false}`, "ResourceNotFoundException", notFound)
	b.refuses(t, "DeleteSecret", `{"SecretId":"no ne","ForceDeleteWithoutRecovery":true}`, "ValidationException", badName)
	b.refuses(t, "DeleteSecret", `{"SecretId":"arn:aws:secretsmanager:eu-west-2:000000000000:secret:none","ForceDeleteWithoutRecovery":true}`, "ResourceNotFoundException", notFound)
	const home = "arn:aws:secretsmanager:eu-west-1:000000000000:secret:"
	for id, want := range map[string]string{
		"none":                home + "none-[A-Za-z0-9]{6}",
		home + "none":         home + "none-[A-Za-z0-9]{6}",
		home + "a/b-XXXXXX":   home + "a/b-XXXXXX",
		home + "none-a1B2c34": home + "none-a1B2c34-[A-Za-z0-9]{6}",
	} {
		out, err := b.DeleteSecret(t.Context(), &sdk.DeleteSecretInput{SecretId: &id, ForceDeleteWithoutRecovery: aws.Bool(true)})
		if err != nil || !regexp.MustCompile("^"+want+"$").MatchString(*out.ARN) || !out.DeletionDate.Equal(b.Now()) {
			t.Errorf("%s: %+v, %v", id, out, err)
		}
	}
}

// TestDeleteByOldARN: the ARN of a secret that was deleted does not delete the
// one that took its name.
func TestDeleteByOldARN(t *testing.T) {
	b := newBench(t)
	old := b.create(t, "db", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"$db","ForceDeleteWithoutRecovery":true}`)
	b.create(t, "db", "two")
	out := b.does(t, "DeleteSecret", `{"SecretId":"`+old+`","ForceDeleteWithoutRecovery":true}`)
	if out["ARN"] != old || b.value(t, "db", "", "") != "two" {
		t.Errorf("%v", out)
	}
}

func TestDeleteSecretRefuses(t *testing.T) {
	const between = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
	b := newBench(t)
	b.create(t, "db", "one")
	for body, text := range map[string]string{
		`{"SecretId":"db","RecoveryWindowInDays":6}`:                                      between,
		`{"SecretId":"db","RecoveryWindowInDays":31}`:                                     between,
		`{"SecretId":"db","RecoveryWindowInDays":0}`:                                      between,
		`{"SecretId":"none","RecoveryWindowInDays":0}`:                                    between,
		`{"SecretId":"db","RecoveryWindowInDays":7,"ForceDeleteWithoutRecovery":true}`:    "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
		`{"SecretId":"none","RecoveryWindowInDays":99,"ForceDeleteWithoutRecovery":true}`: "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
	} {
		b.refuses(t, "DeleteSecret", body, "InvalidParameterException", text)
	}
	if d := b.describe(t, "db"); d.DeletedDate != nil {
		t.Errorf("a refusal deleted it at %v", d.DeletedDate)
	}
}

// TestDeletionEvents: one for each version (secrets-manager.md, 7.2).
func TestDeletionEvents(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two")
	for _, step := range []struct{ operation, body, event string }{
		{"DeleteSecret", `{"SecretId":"db"}`, "StartSecretVersionDelete"},
		{"RestoreSecret", `{"SecretId":"db"}`, "CancelSecretVersionDelete"},
		{"DeleteSecret", `{"SecretId":"db","ForceDeleteWithoutRecovery":true}`, "EndSecretVersionDelete"},
	} {
		b.events(t)
		b.does(t, step.operation, step.body)
		events := b.events(t)
		if got := named(events, step.event); len(events) != 3 || len(got) != 2 || got[0].AdditionalEventData.SecretID != b.named["db"] {
			t.Errorf("%s %s: %+v", step.operation, step.body, events)
		}
	}
}

// TestRestoreLiveSecret: there is nothing to take back, so no version's deletion
// is cancelled and a running rotation keeps its runner.
func TestRestoreLiveSecret(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateDB)
	lease := b.claim(t)
	b.events(t)
	b.does(t, "RestoreSecret", `{"SecretId":"db"}`)
	if events := b.events(t); len(events) != 1 || events[0].EventName != "RestoreSecret" {
		t.Errorf("%+v", events)
	}
	if job := b.jobs(t, "db")[0]; job.Lease != lease {
		t.Errorf("the runner has lost the rotation: %+v", job)
	}
}
