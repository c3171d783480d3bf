package secretsmanager_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const rotateDB = `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"` + function + `"}`

// jobs is the history of rotations, the latest first.
func (b *bench) jobs(t *testing.T, name string) (out []*secret.Job) {
	t.Helper()
	err := b.Store.View(t.Context(), func(tx *store.Tx) error {
		sec, err := tx.Secret(secret.ID{Region: region, Account: account, Name: name})
		if err == nil {
			out, err = tx.Jobs(sec.Key, 100)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// claim has a runner take the one rotation that waits. It gives the
// RotationToken of the attempt.
func (b *bench) claim(t *testing.T) (rotationToken string) {
	t.Helper()
	rotationToken = token("lease-") + "0000"
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		job, err := tx.ClaimJob(rotationToken, tx.Now().Add(time.Hour))
		if err == nil && job == nil {
			t.Error("no rotation waits for a runner")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.named["lease"] = rotationToken
	return rotationToken
}

func TestRotateSecret(t *testing.T) {
	b := newBench(t)
	arn := b.create(t, "db", "one")
	out, err := b.RotateSecret(t.Context(), &sdk.RotateSecretInput{
		SecretId: aws.String("db"), ClientRequestToken: aws.String(token("v2")), RotationLambdaARN: aws.String(function),
		RotationRules: &types.RotationRulesType{AutomaticallyAfterDays: aws.Int64(7), Duration: aws.String("3h")},
	})
	if err != nil || *out.ARN != arn || *out.Name != "db" || *out.VersionId != token("v2") {
		t.Fatalf("%+v, %v", out, err)
	}
	d := b.describe(t, "db")
	if !*d.RotationEnabled || *d.RotationLambdaARN != function || d.LastRotatedDate != nil ||
		*d.RotationRules.AutomaticallyAfterDays != 7 || *d.RotationRules.Duration != "3h" || d.RotationRules.ScheduleExpression != nil {
		t.Errorf("%+v", d)
	}
	if want := time.Date(2026, 11, 28, 2, 59, 59, 0, time.UTC); !d.NextRotationDate.Equal(want) {
		t.Errorf("next %v, want %v", d.NextRotationDate, want)
	}
	jobs := b.jobs(t, "db")
	want := secret.Job{
		ID: jobs[0].ID, SecretKey: jobs[0].SecretKey, Token: token("v2"), Function: function, Cause: secret.ByRequest,
		State: secret.Running, Step: secret.CreateSecret, Attempt: 1, NextAttempt: b.Now(), Started: b.Now(),
	}
	if len(jobs) != 1 || *jobs[0] != want {
		t.Errorf("got %+v\nwant %+v", jobs, want)
	}
}

// TestPlaceholder: the version of a running rotation has a label and no value
// (secrets-manager.md, 3.2).
func TestPlaceholder(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateDB)
	if got := b.stages(t, "db"); got != "v1[AWSCURRENT] v2[AWSPENDING]" {
		t.Errorf("described: %s", got)
	}
	for _, deprecated := range []bool{false, true} {
		if got := b.listed(t, "db", deprecated); got != "v1[AWSCURRENT]" {
			t.Errorf("listed: %s", got)
		}
	}
	const noLabel = "Secrets Manager can't find the specified secret value for staging label: AWSPENDING"
	b.refuses(t, "GetSecretValue", `{"SecretId":"db","VersionStage":"AWSPENDING"}`, "ResourceNotFoundException", noLabel)
	b.refuses(t, "GetSecretValue", `{"SecretId":"db","VersionStage":"AWSPENDING","VersionId":"$v2"}`, "ResourceNotFoundException", noLabel)
	b.refuses(t, "GetSecretValue", `{"SecretId":"db","VersionId":"$v2"}`, "ResourceNotFoundException",
		"Secrets Manager can't find the specified secret value for VersionId: $v2")
	b.refuses(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v2"}`, "InvalidRequestException",
		"You can't move staging label AWSCURRENT to version $v2 because that version has no value yet.")
	if got := b.value(t, "db", "", ""); got != "one" {
		t.Errorf("the current value is %q", got)
	}
	list, err := b.ListSecrets(t.Context(), &sdk.ListSecretsInput{})
	if err != nil || written(list.SecretList[0].SecretVersionsToStages) != "v1[AWSCURRENT] v2[AWSPENDING]" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestRotateEmptySecret: without a value there is only a placeholder.
func TestRotateEmptySecret(t *testing.T) {
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1"}`)
	b.does(t, "RotateSecret", rotateDB)
	b.refuses(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","RotateImmediately":false}`, "InvalidRequestException",
		"A previous rotation isn't complete. That rotation will be reattempted.")
	if got := b.stages(t, "db"); got != "v2[AWSPENDING]" {
		t.Error(got)
	}
}

// TestRotateRefuses: whatever is refused leaves nothing behind.
func TestRotateRefuses(t *testing.T) {
	const noFunction = "No Lambda rotation function ARN is associated with this secret."
	const cannotInvoke = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com."
	const with = `"RotationLambdaARN":"` + function + `",`
	b := newBench(t)
	b.create(t, "db", "one")
	before := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw
	for name, test := range map[string]struct{ members, code, text string }{
		"no function":          {``, "InvalidRequestException", noFunction},
		"an empty function":    {`"RotationLambdaARN":"",`, "InvalidRequestException", noFunction},
		"no function, rules":   {`"RotationRules":{"AutomaticallyAfterDays":30},`, "InvalidRequestException", noFunction},
		"no function, later":   {`"RotateImmediately":false,`, "InvalidRequestException", noFunction},
		"unknown function":     {`"RotationLambdaARN":"` + function + `2","RotationRules":{"AutomaticallyAfterDays":30},`, "AccessDeniedException", cannotInvoke},
		"unknown, later":       {`"RotationLambdaARN":"` + function + `2","RotateImmediately":false,`, "AccessDeniedException", cannotInvoke},
		"days and expression":  {with + `"RotationRules":{"AutomaticallyAfterDays":30,"ScheduleExpression":"rate(30 days)"},`, "InvalidParameterException", "You cannot specify both rotation frequency and schedule expression together."},
		"too often":            {with + `"RotationRules":{"ScheduleExpression":"rate(3 hours)"},`, "InvalidParameterException", `Invalid ScheduleExpression "rate(3 hours)": a secret is rotated every 4 hours at most.`},
		"no expression":        {with + `"RotationRules":{"ScheduleExpression":"daily"},`, "InvalidParameterException", `Invalid ScheduleExpression "daily": it must be rate(…) or cron(…).`},
		"a duration by itself": {with + `"RotationRules":{"Duration":"3h"},`, "InvalidParameterException", "You must specify AutomaticallyAfterDays or ScheduleExpression together with Duration."},
		"an external secret":   {with + `"ExternalSecretRotationMetadata":[],`, "InvalidRequestException", "Alberti does not manage external secrets: give a RotationLambdaARN instead."},
	} {
		t.Run(name, func(t *testing.T) {
			b.refuses(t, "RotateSecret", `{"SecretId":"db",`+test.members+`"ClientRequestToken":"$v2"}`, test.code, test.text)
			if after := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw; after != before || len(b.jobs(t, "db")) != 0 {
				t.Errorf("it left %s and %d rotations", after, len(b.jobs(t, "db")))
			}
		})
	}
	b.refuses(t, "RotateSecret", `{"SecretId":"db",`+with+`"ClientRequestToken":"$v1"}`, "InvalidRequestException", inUse)
	if after := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw; after != before {
		t.Errorf("a token that is taken left %s", after)
	}
}

// TestPendingBlocks: one rotation at a time, and a change of schedule waits too.
func TestPendingBlocks(t *testing.T) {
	const incomplete = "A previous rotation isn't complete. That rotation will be reattempted."
	for name, pending := range map[string]func(*bench){
		"a rotation": func(b *bench) { b.does(t, "RotateSecret", rotateDB) },
		"a version":  func(b *bench) { b.put(t, "db", "v2", "two", "AWSPENDING") },
		"one left behind": func(b *bench) {
			b.does(t, "RotateSecret", rotateDB)
			b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.create(t, "db", "one")
			pending(b)
			for _, members := range []string{``, `,"RotateImmediately":false`, `,"RotationRules":{"AutomaticallyAfterDays":5}`} {
				b.refuses(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","RotationLambdaARN":"`+function+`"`+members+`}`, "InvalidRequestException", incomplete)
			}
			b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$v2"}`)
			b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","RotationLambdaARN":"`+function+`"}`)
			if got := b.stages(t, "db"); got != "v1[AWSCURRENT] v3[AWSPENDING]" {
				t.Errorf("cured, it is %s", got)
			}
		})
	}
}

// TestPendingOnCurrent does not block: so a rotation leaves its secret.
func TestPendingOnCurrent(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two", "AWSCURRENT", "AWSPENDING")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","RotationLambdaARN":"`+function+`"}`)
	if got := b.stages(t, "db"); got != "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING]" {
		t.Error(got)
	}
}

// TestRotateAgain: a token is one rotation; TestRotationHistory asks once more
// after its success.
func TestRotateAgain(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	for range 3 {
		if out := b.does(t, "RotateSecret", rotateDB); out["VersionId"] != token("v2") || out["ARN"] != b.named["db"] {
			t.Errorf("%v", out)
		}
	}
	if got := b.jobs(t, "db"); len(got) != 1 {
		t.Errorf("%d rotations", len(got))
	}
}

// TestRules: new rules replace the old as a whole; none leave them.
func TestRules(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	for i, step := range []struct{ rules, shown string }{
		{``, ``},
		{`{"AutomaticallyAfterDays":7,"Duration":"3h"}`, `{"AutomaticallyAfterDays":7,"Duration":"3h"}`},
		{``, `{"AutomaticallyAfterDays":7,"Duration":"3h"}`},
		{`{"ScheduleExpression":"cron(0 16 1,15 * ? *)","Duration":"2h"}`, `{"Duration":"2h","ScheduleExpression":"cron(0 16 1,15 * ? *)"}`},
		{`{"ScheduleExpression":"rate(10 days)"}`, `{"ScheduleExpression":"rate(10 days)"}`},
		{`{"AutomaticallyAfterDays":30}`, `{"AutomaticallyAfterDays":30}`},
	} {
		version := token("r" + string(rune('a'+i)))
		members := `"RotationLambdaARN":"` + function + `"`
		if step.rules != "" {
			members += `,"RotationRules":` + step.rules
		}
		b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"`+version+`",`+members+`}`)
		b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"`+version+`"}`)
		if got := asJSON(b.does(t, "DescribeSecret", `{"SecretId":"db"}`)["RotationRules"]); got != step.shown {
			t.Errorf("%s: shown as %s", step.rules, got)
		}
	}
}

// TestMinInterval: the server says how often rules may rotate.
func TestMinInterval(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	rotate := func(version, rate string) string {
		return `{"SecretId":"db","ClientRequestToken":"$` + version + `","RotateImmediately":false,"RotationLambdaARN":"` + function + `","RotationRules":{"ScheduleExpression":"` + rate + `"}}`
	}
	b.service.MinInterval = time.Hour
	b.does(t, "RotateSecret", rotate("r1", "rate(1 hour)"))
	b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$r1"}`)
	b.service.MinInterval = 48 * time.Hour
	b.refuses(t, "RotateSecret", rotate("r2", "rate(1 day)"), "InvalidParameterException",
		`Invalid ScheduleExpression "rate(1 day)": a secret is rotated every 48 hours at most.`)
	if d := b.describe(t, "db"); *d.RotationRules.ScheduleExpression != "rate(1 hour)" {
		t.Errorf("a refusal left %v", d.RotationRules)
	}
}

// TestOldSecretIsNotOverdue: a schedule for a secret that is a hundred days old
// rotates it when the first interval is over, not at once.
func TestOldSecretIsNotOverdue(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.Advance(100 * 24 * time.Hour) // to 2027-03-01
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}}`)
	if d := b.describe(t, "db"); !d.NextRotationDate.Equal(time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC)) {
		t.Errorf("next %v", d.NextRotationDate)
	}
}

// TestUnconcludedBlocks: a rotation whose version is current already, and that the
// runner has not concluded, is unfinished all the same.
func TestUnconcludedBlocks(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateDB)
	b.claim(t)
	b.does(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["AWSPENDING"],"RotationToken":"$lease"}`)
	b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v2"}`)
	for _, members := range []string{``, `,"RotateImmediately":false`} {
		b.refuses(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3"`+members+`}`, "InvalidRequestException",
			"A previous rotation isn't complete. That rotation will be reattempted.")
	}
	b.does(t, "RotateSecret", rotateDB) // the same request once more
	if got := b.stages(t, "db"); got != "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]" {
		t.Error(got)
	}
}
