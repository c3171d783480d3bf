package secretsmanager_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// freeze freezes from one time to another, in hours from now, and gives the id.
func (b *bench) freeze(t *testing.T, from, to int, members string) float64 {
	t.Helper()
	hour := func(n int) int64 { return b.Now().Truncate(time.Hour).Add(time.Duration(n) * time.Hour).Unix() }
	return b.does(t, "alberti.CreateFreeze", fmt.Sprintf(`{"From":%d,"To":%d,"Reason":"year's end"%s}`, hour(from), hour(to), members))["FreezeId"].(float64)
}

const frozenDB = "The rotation of secret $db is frozen until 2026-11-23T09:00:00Z: year's end"

func TestFreezes(t *testing.T) {
	b := newBench(t)
	b.freeze(t, 24, 48, "")
	b.freeze(t, 0, 1, `,"Match":"prod/*"`)
	tagged := b.freeze(t, 0, 2, `,"TagKey":"env","TagValue":"prod"`)
	elsewhere := iam.NewRoot(account, "us-east-1", "AKIATEST")
	b.As(elsewhere)
	there := b.freeze(t, 0, 3, "")
	b.As(iam.NewRoot(account, region, "AKIATEST"))

	list := func() (out []any) { return b.does(t, "alberti.ListFreezes", `{}`)["Freezes"].([]any) }
	all := list()
	if len(all) != 3 {
		t.Fatalf("%s", asJSON(all))
	}
	want := fmt.Sprintf(`{"CreatedBy":"arn:aws:iam::000000000000:root","CreatedDate":%s,"FreezeId":%v,"From":1795251600,"Reason":"year's end","TagKey":"env","TagValue":"prod","To":1795258800}`,
		asJSON(float64(b.Now().UnixMilli())/1000), tagged)
	if got := asJSON(all[1]); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if all[0].(map[string]any)["Match"] != "prod/*" || members(all[2].(map[string]any)) != "CreatedBy CreatedDate FreezeId From Reason To" {
		t.Errorf("%s", asJSON(all))
	}
	b.refuses(t, "alberti.DeleteFreeze", fmt.Sprintf(`{"FreezeId":%v}`, there), "ResourceNotFoundException", fmt.Sprintf("There is no freeze %v.", there))
	b.does(t, "alberti.DeleteFreeze", fmt.Sprintf(`{"FreezeId":%v}`, tagged))
	b.refuses(t, "alberti.DeleteFreeze", fmt.Sprintf(`{"FreezeId":%v}`, tagged), "ResourceNotFoundException", fmt.Sprintf("There is no freeze %v.", tagged))
	b.Advance(time.Hour)
	if left := list(); len(left) != 1 {
		t.Errorf("one is gone and one is over: %s", asJSON(left))
	}
}

func TestCreateFreezeRefuses(t *testing.T) {
	b := newBench(t)
	for members, want := range map[string][2]string{
		`"From":1800000000,"To":1800000000,"Reason":"x"`:                          {"InvalidParameterException", "The freeze must begin before it ends: From is 2027-01-15T08:00:00Z, To is 2027-01-15T08:00:00Z."},
		`"From":1700000000,"To":1700000001,"Reason":"x"`:                          {"InvalidParameterException", "The freeze is over already: To is 2023-11-14T22:13:21Z."},
		`"From":1800000000,"To":1800003600`:                                       {"ValidationException", "1 validation error detected: Value null at 'reason' failed to satisfy constraint: Member must not be null"},
		`"Reason":"x"`:                                                            {"ValidationException", "2 validation errors detected: Value null at 'from' failed to satisfy constraint: Member must not be null; Value null at 'to' failed to satisfy constraint: Member must not be null"},
		`"From":1800000000,"To":1800003600,"Reason":"  "`:                         {"InvalidParameterException", "The freeze needs a Reason: it is what people are told whose rotation it refuses."},
		`"From":1800000000,"To":1800003600,"Reason":"x","Match":"a b"`:            {"InvalidParameterException", `Invalid Match "a b": it is the name of a secret, in which * stands for any characters and ? for one.`},
		`"From":1800000000,"To":1800003600,"Reason":"x","Match":"a","TagKey":"k"`: {"InvalidParameterException", "Give the freeze a Match or a TagKey, not both."},
		`"From":1800000000,"To":1800003600,"Reason":"x","TagValue":"v"`:           {"InvalidParameterException", "Give a TagKey together with TagValue."},
	} {
		b.refuses(t, "alberti.CreateFreeze", `{`+members+`}`, want[0], want[1])
	}
	if all := b.does(t, "alberti.ListFreezes", `{}`)["Freezes"].([]any); len(all) != 0 {
		t.Errorf("refusals left %s", asJSON(all))
	}
	for range 100 {
		b.freeze(t, 1, 2, "")
	}
	b.refuses(t, "alberti.CreateFreeze", `{"From":1800000000,"To":1800003600,"Reason":"x"}`, "LimitExceededException", "There are 100 freezes already: remove one that is no longer needed.")
}

// TestRotateInFreeze: a freeze refuses what would rotate now, and nothing else.
func TestRotateInFreeze(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.create(t, "other", "one")
	b.freeze(t, -1, 48, `,"Match":"d?"`)
	before := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw
	b.refuses(t, "RotateSecret", rotateDB, "InvalidRequestException", frozenDB)
	if after := b.post(t, "DescribeSecret", `{"SecretId":"db"}`).raw; after != before || len(b.jobs(t, "db")) != 0 {
		t.Errorf("a refusal left %s", after)
	}
	b.does(t, "RotateSecret", `{"SecretId":"other","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`"}`)

	const later = `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"` + function + `","RotationRules":{"ScheduleExpression":"rate(1 day)"}}`
	b.does(t, "RotateSecret", later)
	if job := b.jobs(t, "db")[0]; !job.Test {
		t.Errorf("%+v", job)
	}
	b.does(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$trial"}`)
	if d := b.describe(t, "db"); *d.RotationRules.ScheduleExpression != "rate(1 day)" || !*d.RotationEnabled {
		t.Errorf("%+v", d)
	}
	const start = `{"SecretId":"db","ClientRequestToken":"$v2"`
	b.refuses(t, "alberti.StartRotation", start+`}`, "InvalidRequestException", frozenDB)
	b.refuses(t, "alberti.StartRotation", start+`,"Force":false}`, "InvalidRequestException", frozenDB)
	b.refuses(t, "alberti.StartRotation", `{"SecretId":"db","Force":true}`, "InvalidParameterException", noToken)
	b.refuses(t, "alberti.StartRotation", `{"SecretId":"none","ClientRequestToken":"$v2"}`, "ResourceNotFoundException", notFound)
	if out := b.does(t, "alberti.StartRotation", start+`,"Force":true}`); out["VersionId"] != token("v2") || out["ARN"] != b.named["db"] || out["Name"] != "db" {
		t.Errorf("%v", out)
	}
	if job := b.jobs(t, "db")[0]; job.Test || job.Cause != secret.ByRequest || job.State != secret.Running {
		t.Errorf("%+v", job)
	}
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2"}`) // the same request once more
	b.failOnce(t, "db")
	b.does(t, "alberti.RetryRotation", `{"SecretId":"db"}`)
}

// TestStartRotation is RotateSecret without configuration.
func TestStartRotation(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.refuses(t, "alberti.StartRotation", `{"SecretId":"db","ClientRequestToken":"$v2"}`, "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}}`)
	b.refuses(t, "alberti.StartRotation", `{"SecretId":"db","ClientRequestToken":"$v2","Force":true}`, "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
	b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
	b.does(t, "alberti.StartRotation", `{"SecretId":"db","ClientRequestToken":"$v2"}`)
	if d := b.describe(t, "db"); !*d.RotationEnabled || *d.RotationRules.AutomaticallyAfterDays != 30 || written(d.VersionIdsToStages) != "v1[AWSCURRENT] v2[AWSPENDING]" {
		t.Errorf("%+v", d)
	}
}

// TestRetryInFreeze: what the freeze would hold back is refused, what may have
// changed the target goes on.
func TestRetryInFreeze(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateDB)
	b.failOnce(t, "db")
	b.scheduled(t, "db")
	b.freeze(t, -1, 48, "")
	b.refuses(t, "alberti.RetryRotation", `{"SecretId":"db"}`, "InvalidRequestException", frozenDB)
	b.runner(t, "db", func(tx *store.Tx, _ *secret.Secret, job *secret.Job) error {
		job.Changed = tx.Now()
		return nil
	})
	b.does(t, "alberti.RetryRotation", `{"SecretId":"db"}`)
}

// scheduled has the schedule be the cause of the latest rotation.
func (b *bench) scheduled(t *testing.T, name string) {
	t.Helper()
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		sec, err := tx.Secret(secret.ID{Region: region, Account: account, Name: name})
		if err != nil {
			return err
		}
		job, err := tx.RunningJob(sec.Key)
		if err != nil {
			return err
		}
		again, lease := *job, job.Lease
		job.End(secret.Cancelled, tx.Now())
		again.Cause = secret.BySchedule
		return errors.Join(tx.SaveJob(job, lease), tx.PutJob(&again))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestNextRotationDateInFreeze: everybody is told the window that will be used,
// as soon as a freeze is there, and as soon as it is gone.
func TestNextRotationDateInFreeze(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`","RotationRules":{"ScheduleExpression":"cron(0 8 ? * MON *)","Duration":"4h"}}`)
	shown := func(want time.Time) map[string]any {
		t.Helper()
		list, err := b.ListSecrets(t.Context(), &sdk.ListSecretsInput{})
		if err != nil {
			t.Fatal(err)
		}
		r := b.does(t, "alberti.ListRotations", `{}`)["Rotations"].([]any)[0].(map[string]any)
		if d := b.describe(t, "db"); !d.NextRotationDate.Equal(want) || !list.SecretList[0].NextRotationDate.Equal(want) ||
			r["NextRotationDate"] != float64(want.Unix()) || b.does(t, "alberti.DescribeRotation", `{"SecretId":"db"}`)["NextRotationDate"] != float64(want.Unix()) {
			t.Errorf("next %v, %v, %v, want %v", d.NextRotationDate, list.SecretList[0].NextRotationDate, r["NextRotationDate"], want)
		}
		if starts := int64(r["StartsAt"].(float64)); starts < want.Add(-4*time.Hour).Unix() || starts > want.Unix() {
			t.Errorf("starts at %d", starts)
		}
		return r
	}
	monday := time.Date(2026, 11, 23, 11, 59, 59, 0, time.UTC)
	shown(monday)
	freeze := b.freeze(t, 1, 9*24, "")
	if r := shown(monday.AddDate(0, 0, 7)); r["FrozenUntil"] != nil {
		t.Errorf("frozen before its time: %v", r)
	}
	b.Advance(time.Hour)
	if r := shown(monday.AddDate(0, 0, 7)); r["FrozenUntil"] != 1796029200.0 || r["FreezeReason"] != "year's end" {
		t.Errorf("frozen: %v", r)
	}
	b.does(t, "alberti.DeleteFreeze", fmt.Sprintf(`{"FreezeId":%v}`, freeze))
	if r := shown(monday); r["FrozenUntil"] != nil {
		t.Errorf("still frozen: %v", r)
	}
}

// TestFreezesAreAuthorized under actions of their own, and a refusal changes nothing.
func TestFreezesAreAuthorized(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false,"RotationLambdaARN":"`+function+`"}`)
	b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
	id := b.freeze(t, 1, 2, "")
	root := b.Caller()
	b.As(roleWith(allow("secretsmanager:*", "*"), allow("lambda:*", "*")))
	for operation, call := range map[string]struct{ body, on string }{
		"CreateFreeze":  {`{"From":1800000000,"To":1800003600,"Reason":"x"}`, ""},
		"ListFreezes":   {`{}`, ""},
		"DeleteFreeze":  {fmt.Sprintf(`{"FreezeId":%v}`, id), ""},
		"StartRotation": {`{"SecretId":"db","ClientRequestToken":"$v2","Force":true}`, " on resource: db"},
	} {
		b.refuses(t, "alberti."+operation, call.body, "AccessDeniedException",
			fmt.Sprintf("User: %s is not authorized to perform: alberti:%s%s because no identity-based policy allows the alberti:%[2]s action", role, operation, call.on))
	}
	b.As(root)
	if all := b.does(t, "alberti.ListFreezes", `{}`)["Freezes"].([]any); len(all) != 1 || b.stages(t, "db") != "v1[AWSCURRENT]" {
		t.Errorf("%s, %s", asJSON(all), b.stages(t, "db"))
	}
}
