package secretsmanager_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/secret"
)

// TestRotateLater: with RotateImmediately=false only testSecret runs, on a copy
// of the current value under a version of its own (secrets-manager.md, 3.4).
func TestRotateLater(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	out := b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}}`)
	if out["VersionId"] != token("trial") {
		t.Errorf("%v", out)
	}
	if got := b.stages(t, "db"); got != "trial[AWSPENDING] v1[AWSCURRENT]" {
		t.Error(got)
	}
	if got := b.value(t, "db", "AWSPENDING", "trial"); got != "one" {
		t.Errorf("the copy holds %q", got)
	}
	d := b.describe(t, "db")
	if d.LastRotatedDate != nil || !d.NextRotationDate.Equal(time.Date(2026, 12, 21, 23, 59, 59, 0, time.UTC)) || !*d.RotationEnabled {
		t.Errorf("%+v", d)
	}
	if job := b.jobs(t, "db")[0]; !job.Test || job.Step != secret.TestSecret || job.Token != token("trial") {
		t.Errorf("%+v", job)
	}
	b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
	if got := b.listed(t, "db", true); got != "v1[AWSCURRENT]" {
		t.Errorf("a test that was cancelled left %s", got)
	}
}

// TestRotateLaterWithoutValue: there is nothing to test, and the schedule counts.
func TestRotateLaterWithoutValue(t *testing.T) {
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1"}`)
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}}`)
	if d := b.describe(t, "db"); !*d.RotationEnabled || d.NextRotationDate == nil || d.VersionIdsToStages != nil {
		t.Errorf("%+v", d)
	}
	if jobs := b.jobs(t, "db"); len(jobs) != 0 {
		t.Errorf("%+v", jobs)
	}
}

func TestCancelRotateSecret(t *testing.T) {
	b := newBench(t)
	arn := b.create(t, "db", "one")
	cancel := func(version *string) {
		t.Helper()
		out, err := b.CancelRotateSecret(t.Context(), &sdk.CancelRotateSecretInput{SecretId: aws.String("db")})
		if err != nil || *out.ARN != arn || *out.Name != "db" || aws.ToString(out.VersionId) != aws.ToString(version) {
			t.Errorf("%+v, %v", out, err)
		}
	}
	cancel(nil) // never configured
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}}`)
	b.Advance(time.Minute)
	cancel(aws.String(token("v2")))
	d := b.describe(t, "db")
	if *d.RotationEnabled || *d.RotationLambdaARN != function || *d.RotationRules.AutomaticallyAfterDays != 30 || d.NextRotationDate != nil || !d.LastChangedDate.Equal(b.Now()) {
		t.Errorf("%+v", d)
	}
	if got := written(d.VersionIdsToStages); got != "v1[AWSCURRENT] v2[AWSPENDING]" {
		t.Errorf("labels moved: %s", got)
	}
	if job := b.jobs(t, "db")[0]; job.State != secret.Cancelled || !job.Ended.Equal(b.Now()) {
		t.Errorf("%+v", job)
	}
	cancel(nil) // nothing is running any more

	// A bare call enables it again, with what is stored.
	b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$v2"}`)
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3"}`)
	if d := b.describe(t, "db"); !*d.RotationEnabled || *d.RotationRules.AutomaticallyAfterDays != 30 || d.NextRotationDate == nil {
		t.Errorf("%+v", d)
	}
}

// TestWriteEndsRotation: a current value written by hand abandons the rotation,
// and counts as one for the next date (secrets-manager.md, 3.7 and 3.8).
func TestWriteEndsRotation(t *testing.T) {
	for name, test := range map[string]struct {
		operation, body string
		state           secret.State
		stages          string
	}{
		"put":    {"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"by hand"}`, secret.Abandoned, "v1[AWSPREVIOUS] v3[AWSCURRENT]"},
		"update": {"UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"by hand"}`, secret.Abandoned, "v1[AWSPREVIOUS] v3[AWSCURRENT]"},
		"pending taken by another": {"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"by hand","VersionStages":["AWSPENDING"]}`,
			secret.Abandoned, "v1[AWSCURRENT] v3[AWSPENDING]"},
		"pending taken off":   {"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$v2"}`, secret.Cancelled, "v1[AWSCURRENT]"},
		"pending moved":       {"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$v2","MoveToVersionId":"$v1"}`, secret.Cancelled, "v1[AWSCURRENT AWSPENDING]"},
		"cancelled":           {"CancelRotateSecret", `{"SecretId":"db"}`, secret.Cancelled, "v1[AWSCURRENT] v2[AWSPENDING]"},
		"another label":       {"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"by hand","VersionStages":["blue"]}`, secret.Running, "v1[AWSCURRENT] v2[AWSPENDING] v3[blue]"},
		"another label moved": {"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"blue","MoveToVersionId":"$v1"}`, secret.Running, "v1[AWSCURRENT blue] v2[AWSPENDING]"},
		"a description":       {"UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","Description":"x"}`, secret.Running, "v1[AWSCURRENT] v2[AWSPENDING]"},
		"tags":                {"TagResource", `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`, secret.Running, "v1[AWSCURRENT] v2[AWSPENDING]"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.create(t, "db", "one")
			b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}}`)
			b.claim(t)
			b.Advance(48 * time.Hour)
			b.events(t)
			b.does(t, test.operation, test.body)
			job := b.jobs(t, "db")[0]
			if job.State != test.state || (job.Lease == "") != (test.state != secret.Running) {
				t.Errorf("the rotation is %s, leased to %q", job.State, job.Lease)
			}
			if got := b.stages(t, "db"); got != test.stages {
				t.Errorf("got %s\nwant %s", got, test.stages)
			}
			if abandoned := len(named(b.events(t), "RotationAbandoned")); abandoned != 1 && test.state != secret.Running {
				t.Errorf("%d events", abandoned)
			}
			if name == "put" || name == "update" {
				if d := b.describe(t, "db"); !d.NextRotationDate.Equal(time.Date(2026, 12, 23, 23, 59, 59, 0, time.UTC)) || d.LastRotatedDate != nil {
					t.Errorf("next %v, last %v", d.NextRotationDate, d.LastRotatedDate)
				}
			}
		})
	}
}

// TestWriteEndsTest: the copy goes with the test.
func TestWriteEndsTest(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`"}`)
	b.put(t, "db", "v2", "two")
	if got := b.listed(t, "db", true); got != "v1[AWSPREVIOUS] v2[AWSCURRENT]" || b.jobs(t, "db")[0].State != secret.Abandoned {
		t.Errorf("%s, %s", got, b.jobs(t, "db")[0].State)
	}
}

// TestWhoFillsPlaceholder: the value of a rotation's version is the rotation
// function's to write (secrets-manager.md, 3.9).
func TestWhoFillsPlaceholder(t *testing.T) {
	const notYours = "Pending secret version $v2 for Secret $db was not created by Lambda " + function + ". Remove the AWSPENDING staging label and restart rotation"
	const put = `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["AWSPENDING"]`
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateDB)
	b.refuses(t, "PutSecretValue", put+`}`, "InvalidRequestException", notYours) // nobody is at work yet
	b.claim(t)
	for name, body := range map[string]string{
		"no token":      put + `}`,
		"another token": put + `,"RotationToken":"` + token("lease-") + `0001"}`,
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "PutSecretValue", body, "InvalidRequestException", notYours) })
	}
	b.refuses(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two"}`, "InvalidRequestException", notYours)
	b.refuses(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two"}`, "InvalidRequestException", notYours)
	if got := b.stages(t, "db"); got != "v1[AWSCURRENT] v2[AWSPENDING]" || b.jobs(t, "db")[0].State != secret.Running {
		t.Errorf("refusals left %s", got)
	}

	for range 2 { // a step may run twice
		b.does(t, "PutSecretValue", put+`,"RotationToken":"$lease"}`)
	}
	if got := b.value(t, "db", "AWSPENDING", ""); got != "two" {
		t.Errorf("pending holds %q", got)
	}
	if got := b.listed(t, "db", false); got != "v1[AWSCURRENT] v2[AWSPENDING]" {
		t.Errorf("with a value it is listed: %s", got)
	}
	b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v2"}`)
	if got := b.stages(t, "db"); got != "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]" {
		t.Error(got)
	}
	if job := b.jobs(t, "db")[0]; !job.Promoted.Equal(b.Now()) || job.State != secret.Running {
		t.Errorf("the runner ends it: %+v", job)
	}
}

// TestRoleFillsPlaceholder: the execution role of the function needs no token.
func TestRoleFillsPlaceholder(t *testing.T) {
	const put = `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["AWSPENDING"]}`
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateDB)
	session := roleWith(allow("*", "*"))
	b.As(session)
	b.refuses(t, "PutSecretValue", put, "InvalidRequestException",
		"Pending secret version $v2 for Secret $db was not created by Lambda "+function+". Remove the AWSPENDING staging label and restart rotation")
	session.Issuer = functionRole
	b.As(session)
	b.does(t, "PutSecretValue", put)
	if got := b.value(t, "db", "AWSPENDING", ""); got != "two" {
		t.Errorf("pending holds %q", got)
	}
}

// TestRotatorIsFenced: the functions inside the server carry their token as
// part of the caller, and lose their rights with the lease.
func TestRotatorIsFenced(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}}`)
	next := b.describe(t, "db").NextRotationDate
	rotator := iam.NewRoot(account, region, "")
	rotator.RotationToken = b.claim(t)
	b.As(rotator)
	b.does(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["AWSPENDING"]}`)

	rotator.RotationToken = "of another attempt"
	b.As(rotator)
	for operation, body := range map[string]string{
		"PutSecretValue":           `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["AWSPENDING"]}`,
		"UpdateSecretVersionStage": `{"SecretId":"db","VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v2"}`,
		"DeleteSecret":             `{"SecretId":"db"}`,
	} {
		b.refuses(t, operation, body, "AccessDeniedException", "The rotation of secret $db that this call belongs to was taken over or ended.")
	}
	if got := b.value(t, "db", "AWSPENDING", ""); got != "two" || b.stages(t, "db") != "v1[AWSCURRENT] v2[AWSPENDING]" { // reading is harmless
		t.Errorf("pending holds %q: %s", got, b.stages(t, "db"))
	}
	b.Advance(48 * time.Hour)
	rotator.RotationToken = b.named["lease"]
	b.As(rotator)
	b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v2"}`)
	b.does(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"three"}`)
	if d := b.describe(t, "db"); !d.NextRotationDate.Equal(*next) {
		t.Errorf("a rotation is no write by hand: next %v, was %v", d.NextRotationDate, next)
	}
}

// TestDeletionSuspends: a rotation is not given up with its secret, for its
// password may be in force already. A restored secret goes on with it.
func TestDeletionSuspends(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`"}`)
	b.claim(t)
	b.does(t, "DeleteSecret", `{"SecretId":"db","RecoveryWindowInDays":7}`)
	job := b.jobs(t, "db")[0]
	if job.State != secret.Running || job.Lease != "" || !job.NextAttempt.Equal(b.Now().AddDate(0, 0, 7)) {
		t.Errorf("deleted: %+v", job)
	}
	b.Advance(time.Hour)
	b.does(t, "RestoreSecret", `{"SecretId":"db"}`)
	if job := b.jobs(t, "db")[0]; job.State != secret.Running || job.Token != token("v2") || !job.NextAttempt.Equal(b.Now()) {
		t.Errorf("restored: %+v", job)
	}
}

// TestTokenOfAnEndedRotation: a rotation that came to nothing is not reported as
// the one that is asked for now.
func TestTokenOfAnEndedRotation(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	rotate := `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"` + function + `"}`
	b.does(t, "RotateSecret", rotate)
	b.does(t, "RotateSecret", rotate)
	b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$v2"}`)
	b.refuses(t, "secretsmanager.RotateSecret", rotate, "InvalidRequestException",
		"You can't use ClientRequestToken "+token("v2")+" because that value is already in use for a version of secret "+*b.describe(t, "db").ARN+".")
}
