package secretsmanager_test

import (
	"fmt"
	"testing"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// edit changes a secret as no operation does.
func (b *bench) edit(t *testing.T, name string, change func(*secret.Secret)) {
	t.Helper()
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		sec, err := tx.Secret(secret.ID{Region: region, Account: account, Name: name})
		if err != nil {
			return err
		}
		change(sec)
		return tx.PutSecret(sec)
	})
	if err != nil {
		t.Fatal(err)
	}
}

const managed = "This secret is managed by an AWS service, and you must use that service to update it."

// TestManaged: what another service owns is its to change (secrets-manager.md, 2.18).
func TestManaged(t *testing.T) {
	b := newBench(t)
	b.create(t, "rds!db-1", "one")
	b.edit(t, "rds!db-1", func(s *secret.Secret) { s.OwningService = "rds" })
	for operation, body := range bodies {
		body = fmt.Sprintf(body, "rds!db-1")
		switch operation {
		case "PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage", "TagResource", "UntagResource":
			b.refuses(t, operation, body, "InvalidRequestException", managed)
		}
	}
	b.refuses(t, "DeleteSecret", `{"SecretId":"rds!db-1","ForceDeleteWithoutRecovery":true}`, "InvalidRequestException", managed)
	b.refuses(t, "RotateSecret", `{"SecretId":"rds!db-1","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`"}`,
		"InvalidRequestException", "Rotation Lambda ARN is not supported for a service-managed secret.")
	b.does(t, "RotateSecret", `{"SecretId":"rds!db-1","ClientRequestToken":"$v2","RotationRules":{"AutomaticallyAfterDays":7},"RotateImmediately":false}`)
	if d := b.does(t, "DescribeSecret", `{"SecretId":"rds!db-1"}`); d["OwningService"] != "rds" || d["RotationEnabled"] != true || d["RotationLambdaARN"] != nil {
		t.Errorf("%v", d)
	}
	list := b.does(t, "ListSecrets", `{}`)["SecretList"].([]any)[0].(map[string]any)
	if list["OwningService"] != "rds" || b.value(t, "rds!db-1", "", "") != "one" {
		t.Errorf("%v", list)
	}
	b.does(t, "DeleteSecret", `{"SecretId":"rds!db-1"}`)
	b.does(t, "RestoreSecret", `{"SecretId":"rds!db-1"}`)
}

// TestDatesAfterCancel: without rotation there are no dates of it (3.7), and
// they are back with it.
func TestDatesAfterCancel(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.edit(t, "db", func(s *secret.Secret) {
		s.Rotation = secret.Rotation{Enabled: true, FunctionARN: function, LastRotated: b.Now()}
	})
	dates := func() string {
		d := b.does(t, "DescribeSecret", `{"SecretId":"db"}`)
		return fmt.Sprint(d["LastRotatedDate"] != nil, d["NextRotationDate"] != nil)
	}
	const rules = `{"SecretId":"db","RotationRules":{"AutomaticallyAfterDays":7},"RotateImmediately":false,"ClientRequestToken":`
	if got := dates(); got != "true false" {
		t.Errorf("rotated: %s", got)
	}
	b.does(t, "RotateSecret", rules+`"$v2"}`)
	if got := dates(); got != "true true" {
		t.Errorf("with a schedule: %s", got)
	}
	b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
	if got := dates(); got != "false false" {
		t.Errorf("cancelled: %s", got)
	}
	b.does(t, "RotateSecret", rules+`"$v3"}`)
	if got := dates(); got != "true true" {
		t.Errorf("on again: %s", got)
	}
}

// TestChangedDate: any change moves it, and nothing else (secrets-manager.md, 2.0).
func TestChangedDate(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	for _, step := range []struct {
		operation, body string
		moves           bool
	}{
		{"CancelRotateSecret", `{"SecretId":"db"}`, false}, // it never rotated
		{"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v1","SecretString":"one"}`, false},
		{"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"one"}`, true},
		{"UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"one"}`, true},
		{"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"blue","MoveToVersionId":"$v1"}`, true},
		{"TagResource", `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`, true},
		{"UntagResource", `{"SecretId":"db","TagKeys":["a"]}`, true},
		{"RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v4","RotationLambdaARN":"` + function + `"}`, true},
		{"CancelRotateSecret", `{"SecretId":"db"}`, true},
		{"DeleteSecret", `{"SecretId":"db"}`, true},
		{"RestoreSecret", `{"SecretId":"db"}`, true},
		{"RestoreSecret", `{"SecretId":"db"}`, false},
		{"GetSecretValue", `{"SecretId":"db"}`, false},
	} {
		before := b.describe(t, "db").LastChangedDate
		b.Advance(1e9)
		b.does(t, step.operation, step.body)
		if after := b.describe(t, "db").LastChangedDate; after.Equal(b.Now()) != step.moves || after.Equal(*before) == step.moves {
			t.Errorf("%s: from %v to %v", step.operation, before, after)
		}
	}
}

// TestOrderOfChecks: token, name, permission, existence, state, combinations
// (secrets-manager.md, 1.8): the first of several mistakes is told.
func TestOrderOfChecks(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.create(t, "gone", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"gone"}`)
	const two = `"SecretString":"x","SecretBinary":"AAE="`
	const twice = `"RotationRules":{"AutomaticallyAfterDays":1,"ScheduleExpression":"rate(1 day)"}`
	for _, test := range []struct{ operation, body, code, text string }{
		{"PutSecretValue", `{"SecretId":"a b",` + two + `}`, "InvalidRequestException", noToken},
		{"PutSecretValue", `{"SecretId":"a b","ClientRequestToken":"$v2",` + two + `}`, "ValidationException", badName},
		{"PutSecretValue", `{"SecretId":"none","ClientRequestToken":"$v2",` + two + `}`, "InvalidParameterException", both},
		{"PutSecretValue", `{"SecretId":"none","ClientRequestToken":"$v2"}`, "ResourceNotFoundException", notFound},
		{"PutSecretValue", `{"SecretId":"gone","ClientRequestToken":"$v2"}`, "InvalidRequestException", deleted},
		{"UpdateSecret", `{"SecretId":"a b","ClientRequestToken":"$v2","KmsKeyId":"x",` + two + `}`, "ValidationException", badName},
		{"RotateSecret", `{"SecretId":"a b",` + twice + `}`, "InvalidParameterException", noToken},
		{"RotateSecret", `{"SecretId":"a b","ClientRequestToken":"$v2",` + twice + `}`, "ValidationException", badName},
		{"RotateSecret", `{"SecretId":"none","ClientRequestToken":"$v2",` + twice + `}`, "InvalidParameterException", "You cannot specify both rotation frequency and schedule expression together."},
		{"RotateSecret", `{"SecretId":"gone","ClientRequestToken":"$v2"}`, "InvalidRequestException", deleted},
		{"DeleteSecret", `{"SecretId":"a b","RecoveryWindowInDays":1}`, "ValidationException", badName},
		{"DeleteSecret", `{"SecretId":"none","RecoveryWindowInDays":1}`, "InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."},
		{"UpdateSecretVersionStage", `{"SecretId":"gone","VersionStage":"x"}`, "InvalidRequestException", deleted},
	} {
		b.refuses(t, test.operation, test.body, test.code, test.text)
	}
}

// TestDefaultKey: aws/secretsmanager by any of its names is no key of one's own.
func TestDefaultKey(t *testing.T) {
	b := newBench(t)
	for i, id := range []string{"", "alias/aws/secretsmanager", "arn:aws:kms:eu-west-1:000000000000:alias/aws/secretsmanager"} {
		b.does(t, "CreateSecret", fmt.Sprintf(`{"Name":"k%d","ClientRequestToken":"$v1","SecretString":"x","KmsKeyId":%q}`, i, id))
		if d := b.describe(t, fmt.Sprint("k", i)); d.KmsKeyId != nil {
			t.Errorf("%s: %s", id, *d.KmsKeyId)
		}
	}
	const invalid = "The operation failed because of an invalid KMS key: Invalid "
	for id, text := range map[string]string{
		"alias/mine": "keyId",
		"arn:aws:kms:eu-west-2:000000000000:alias/aws/secretsmanager":     "arn eu-west-2",
		"arn:aws:kms:eu-west-1:111111111111:alias/aws/secretsmanager":     "keyId",
		"arn:aws:sqs:eu-west-1:000000000000:alias/aws/secretsmanager":     "keyId",
		"arn:aws:kms:eu-west-1:000000000000:key/alias/aws/secretsmanager": "keyId",
	} {
		b.refuses(t, "CreateSecret", fmt.Sprintf(`{"Name":"new","ClientRequestToken":"$v1","KmsKeyId":%q}`, id), "InvalidParameterException", invalid+text)
		b.refuses(t, "UpdateSecret", fmt.Sprintf(`{"SecretId":"k0","ClientRequestToken":"$v1","KmsKeyId":%q}`, id), "InvalidParameterException", invalid+text)
	}
}
