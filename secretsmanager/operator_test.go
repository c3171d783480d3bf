package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// runner changes the latest rotation of a secret, as a runner would.
func (b *bench) runner(t *testing.T, name string, change func(*store.Tx, *secret.Secret, *secret.Job) error) {
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
		lease := job.Lease
		if err := change(tx, sec, job); err != nil {
			return err
		}
		if err := tx.SaveJob(job, lease); err != nil {
			return err
		}
		return tx.PutSecret(sec)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// failOnce has setSecret refused, a second after it began.
func (b *bench) failOnce(t *testing.T, name string) {
	t.Helper()
	b.claim(t)
	b.Advance(time.Second)
	b.runner(t, name, func(tx *store.Tx, _ *secret.Secret, job *secret.Job) error {
		step := secret.StepRecord{JobID: job.ID, Attempt: job.Attempt, Step: secret.SetSecret, Started: tx.Now().Add(-time.Second),
			Took: 1500 * time.Microsecond, Error: "login refused", Notes: []string{"tried pending", "tried current"}}
		job.Retry("login refused", time.Minute, 0, tx.Now())
		job.Lease, job.LeaseUntil = "", time.Time{}
		return tx.PutStep(step)
	})
}

// succeed plays the rest of a rotation: value, label, and the runner's verdict.
func (b *bench) succeed(t *testing.T, name, version string) {
	t.Helper()
	b.claim(t)
	b.does(t, "PutSecretValue", fmt.Sprintf(`{"SecretId":%q,"ClientRequestToken":"$%s","SecretString":"two","VersionStages":["AWSPENDING"],"RotationToken":"$lease"}`, name, version))
	changed := b.Now()
	b.Advance(40 * time.Millisecond)
	b.does(t, "UpdateSecretVersionStage", fmt.Sprintf(`{"SecretId":%q,"VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$%s"}`, name, version))
	b.runner(t, name, func(tx *store.Tx, sec *secret.Secret, job *secret.Job) error {
		job.Changed, job.Error = changed, ""
		job.End(secret.Succeeded, tx.Now())
		return sec.FinishRotation(job.Token, tx.Now())
	})
}

func TestRotationHistory(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`","RotationRules":{"ScheduleExpression":"rate(10 days)"}}`)
	b.failOnce(t, "db")
	d := b.does(t, "alberti.DescribeRotation", `{"SecretId":"db"}`)
	if d["State"] != "retrying" || d["Attempts"] != 1.0 || d["LastError"] != "login refused" || d["RotationLambdaARN"] != function || d["Schedule"] != "rate(10 days)" {
		t.Errorf("%v", asJSON(d))
	}
	now := float64(b.Now().UnixMilli()) / 1000
	h := d["History"].([]any)[0].(map[string]any)
	if h["State"] != "running" || h["VersionId"] != token("v2") || h["Cause"] != "request" || h["NextAttemptDate"] != now+60 || h["EndedDate"] != nil {
		t.Errorf("%v", asJSON(h))
	}
	if got, want := asJSON(h["Steps"]), fmt.Sprintf(`[{"Attempt":1,"Error":"login refused","Milliseconds":1.5,"Notes":["tried pending","tried current"],"StartedDate":%s,"Step":"setSecret"}]`, asJSON(now-1)); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}

	b.Advance(time.Minute)
	b.succeed(t, "db", "v2")
	d = b.does(t, "alberti.DescribeRotation", `{"SecretId":"db"}`)
	h = d["History"].([]any)[0].(map[string]any)
	if d["State"] != "succeeded" || h["State"] != "succeeded" || h["GapMilliseconds"] != 40.0 || h["NextAttemptDate"] != nil || h["EndedDate"] == nil {
		t.Errorf("%v", asJSON(d))
	}
	shown := b.describe(t, "db")
	if !shown.LastRotatedDate.Equal(b.Now()) || *shown.RotationRules.AutomaticallyAfterDays != 10 || *shown.RotationRules.ScheduleExpression != "rate(10 days)" ||
		!shown.NextRotationDate.Equal(time.Date(2026, 12, 1, 23, 59, 59, 0, time.UTC)) || written(shown.VersionIdsToStages) != "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]" {
		t.Errorf("after a success: %+v", shown)
	}
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2"}`) // the same once more
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3"}`)
	if h := b.does(t, "alberti.DescribeRotation", `{"SecretId":"db"}`)["History"].([]any); len(h) != 2 || h[0].(map[string]any)["VersionId"] != token("v3") {
		t.Errorf("%v", asJSON(h))
	}
}

func TestDescribeRotationOfNone(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	d := b.does(t, "alberti.DescribeRotation", `{"SecretId":"db"}`)
	if got := members(d); got != "ARN Attempts History Name RotationEnabled State" || d["State"] != "off" || asJSON(d["History"]) != "[]" {
		t.Errorf("%v", asJSON(d))
	}
	b.refuses(t, "alberti.DescribeRotation", `{"SecretId":"none"}`, "ResourceNotFoundException", notFound)
}

func TestListRotations(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"running", "off", "abandoned", "never", "waiting", "deleted"} {
		b.create(t, name, "one")
		if name == "never" {
			continue
		}
		later := ""
		if name == "waiting" {
			b.does(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1"}`)
			later = `,"RotateImmediately":false`
			name = "bare" // nothing to test yet: it only waits
		}
		b.does(t, "RotateSecret", `{"SecretId":"`+name+`","ClientRequestToken":"$v2","RotationLambdaARN":"`+function+`","RotationRules":{"AutomaticallyAfterDays":30}`+later+`}`)
	}
	b.does(t, "CancelRotateSecret", `{"SecretId":"off"}`)
	b.does(t, "UpdateSecret", `{"SecretId":"abandoned","ClientRequestToken":"$v3","SecretString":"by hand"}`)
	b.does(t, "DeleteSecret", `{"SecretId":"deleted"}`)
	const want = "abandoned:abandoned bare:waiting deleted:suspended off:cancelled running:running"
	for _, size := range []int{1, 2, 5, 100} {
		var got []string
		next := json.RawMessage(`null`)
		for pages := 0; next != nil; pages++ {
			page := b.does(t, "alberti.ListRotations", fmt.Sprintf(`{"MaxResults":%d,"NextToken":%s}`, size, next))
			for _, r := range page["Rotations"].([]any) {
				r := r.(map[string]any)
				got = append(got, fmt.Sprint(r["Name"], ":", r["State"]))
			}
			if next = nil; page["NextToken"] != nil {
				next = json.RawMessage(asJSON(page["NextToken"]))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("by %d: %v", size, got)
		}
	}
	b.refuses(t, "alberti.ListRotations", `{"NextToken":"AAAA"}`, "InvalidNextTokenException", "The NextToken value is invalid.")
}

func TestRetryRotation(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	const none = "Secret $db has no rotation that waits for another attempt."
	b.refuses(t, "alberti.RetryRotation", `{"SecretId":"db"}`, "InvalidRequestException", none)
	b.does(t, "RotateSecret", rotateDB)
	b.failOnce(t, "db")
	if job := b.jobs(t, "db")[0]; !job.NextAttempt.Equal(b.Now().Add(time.Minute)) {
		t.Fatalf("%+v", job)
	}
	b.Advance(time.Second)
	out := b.does(t, "alberti.RetryRotation", `{"SecretId":"db"}`)
	if out["ARN"] != b.named["db"] || out["Name"] != "db" || out["VersionId"] != token("v2") {
		t.Errorf("%v", out)
	}
	if job := b.jobs(t, "db")[0]; !job.NextAttempt.Equal(b.Now()) || job.Attempt != 2 || job.State != secret.Running {
		t.Errorf("%+v", job)
	}
	b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
	b.refuses(t, "alberti.RetryRotation", `{"SecretId":"db"}`, "InvalidRequestException", none)
	b.does(t, "DeleteSecret", `{"SecretId":"db"}`)
	b.refuses(t, "alberti.RetryRotation", `{"SecretId":"db"}`, "InvalidRequestException", deleted)
	b.refuses(t, "alberti.RetryRotation", `{"SecretId":"none"}`, "ResourceNotFoundException", notFound)
}

// TestOperatorsAreAuthorized under actions of their own.
func TestOperatorsAreAuthorized(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.As(roleWith(allow("secretsmanager:*", "*")))
	for operation, on := range map[string]string{"DescribeRotation": " on resource: db", "RetryRotation": " on resource: db", "ListRotations": ""} {
		b.refuses(t, "alberti."+operation, map[bool]string{true: `{}`, false: `{"SecretId":"db"}`}[on == ""], "AccessDeniedException",
			fmt.Sprintf("User: %s is not authorized to perform: alberti:%s%s because no identity-based policy allows the alberti:%[2]s action", role, operation, on))
	}
}
