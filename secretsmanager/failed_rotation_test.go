package secretsmanager_test

import (
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// giveUp has the rotation of a secret run out of attempts, as a runner would.
func (b *bench) giveUp(t *testing.T, name string) {
	t.Helper()
	b.claim(t)
	b.runner(t, name, func(tx *store.Tx, sec *secret.Secret, job *secret.Job) error {
		job.GiveUp("login refused", tx.Now())
		return sec.Skip(tx.Now())
	})
}

const rotateMonthly = `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"` + function + `","RotationRules":{"AutomaticallyAfterDays":30}}`

// TestFailedRotation: one that ran out of attempts tells what to do, and is taken
// up again with its token.
func TestFailedRotation(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateMonthly)
	b.giveUp(t, "db")
	d := b.does(t, "alberti.ListRotations", `{}`)["Rotations"].([]any)[0].(map[string]any)
	if d["State"] != "failed" || d["LastError"] != "login refused" || d["Attempts"] != 1.0 || d["Advice"] != "mend the cause, then: alberti rotation retry db" {
		t.Errorf("%v", asJSON(d))
	}
	for _, body := range []string{rotateMonthly, `{"SecretId":"db","ClientRequestToken":"$v3","RotateImmediately":false}`} {
		b.refuses(t, "RotateSecret", body, "InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.")
	}
	b.refuses(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"mine"}`, "InvalidRequestException",
		"Pending secret version $v2 for Secret $db was not created by Lambda "+function+". Remove the AWSPENDING staging label and restart rotation")
	b.Advance(time.Hour)
	if out := b.does(t, "alberti.RetryRotation", `{"SecretId":"db"}`); out["VersionId"] != token("v2") {
		t.Errorf("%v", out)
	}
	if job := b.jobs(t, "db")[0]; job.State != secret.Running || job.Attempt != 2 || job.Forgiven != 1 || !job.NextAttempt.Equal(b.Now()) || len(b.jobs(t, "db")) != 1 {
		t.Errorf("%+v", job)
	}
	b.succeed(t, "db", "v2")
	d = b.does(t, "alberti.DescribeRotation", `{"SecretId":"db"}`)
	if d["State"] != "succeeded" || d["Advice"] != nil || b.stages(t, "db") != "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]" {
		t.Errorf("%v: %s", asJSON(d), b.stages(t, "db"))
	}
}

// TestWaysOutOfFailure: every way out of a stuck rotation that AWS knows ends one
// that waits for a person too, and the schedule goes on (secrets-manager.md, 3.8).
func TestWaysOutOfFailure(t *testing.T) {
	for name, test := range map[string]struct {
		operation, body string
		state           secret.State
		stages          string
		planned         bool
	}{
		"a new value":        {"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"by hand"}`, secret.Abandoned, "v1[AWSPREVIOUS] v3[AWSCURRENT]", true},
		"an update":          {"UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"by hand"}`, secret.Abandoned, "v1[AWSPREVIOUS] v3[AWSCURRENT]", true},
		"pending taken off":  {"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$v2"}`, secret.Cancelled, "v1[AWSCURRENT]", true},
		"pending on current": {"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSPENDING","RemoveFromVersionId":"$v2","MoveToVersionId":"$v1"}`, secret.Cancelled, "v1[AWSCURRENT AWSPENDING]", true},
		"promoted by hand":   {"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v2"}`, secret.Abandoned, "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]", true},
		"cancelled":          {"CancelRotateSecret", `{"SecretId":"db"}`, secret.Cancelled, "v1[AWSCURRENT] v2[AWSPENDING]", false},
		"another label":      {"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"x","VersionStages":["blue"]}`, secret.Failed, "v1[AWSCURRENT] v2[AWSPENDING] v3[blue]", true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.create(t, "db", "one")
			b.does(t, "RotateSecret", rotateMonthly)
			b.claim(t)
			b.does(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["AWSPENDING"],"RotationToken":"$lease"}`)
			b.runner(t, "db", func(tx *store.Tx, sec *secret.Secret, job *secret.Job) error {
				job.GiveUp("login refused", tx.Now())
				return sec.Skip(tx.Now())
			})
			b.events(t)
			b.does(t, test.operation, test.body)
			if job := b.jobs(t, "db")[0]; job.State != test.state {
				t.Errorf("the rotation is %s", job.State)
			}
			if got := b.stages(t, "db"); got != test.stages {
				t.Errorf("got %s\nwant %s", got, test.stages)
			}
			ended := test.state != secret.Failed
			if n := len(named(b.events(t), "RotationAbandoned")); (n == 1) != ended {
				t.Errorf("%d events", n)
			}
			if d := b.describe(t, "db"); (d.NextRotationDate != nil) != test.planned {
				t.Errorf("next %v", d.NextRotationDate)
			}
			if !ended {
				return
			}
			b.refuses(t, "alberti.RetryRotation", `{"SecretId":"db"}`, "InvalidRequestException", "Secret $db has no rotation that waits for another attempt.")
			if test.planned {
				b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v4"}`)
			}
		})
	}
}

// TestDatesWhileOff: a secret whose rotation is off has neither date
// (secrets-manager.md, 3.7), and has them again when it is on.
func TestDatesWhileOff(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.does(t, "RotateSecret", rotateMonthly)
	b.succeed(t, "db", "v2")
	if d := b.describe(t, "db"); d.LastRotatedDate == nil || d.NextRotationDate == nil {
		t.Fatalf("%+v", d)
	}
	b.does(t, "CancelRotateSecret", `{"SecretId":"db"}`)
	if d := b.describe(t, "db"); d.LastRotatedDate != nil || d.NextRotationDate != nil || *d.RotationRules.AutomaticallyAfterDays != 30 {
		t.Errorf("%+v", d)
	}
	if d := b.does(t, "alberti.DescribeRotation", `{"SecretId":"db"}`); d["LastRotatedDate"] == nil {
		t.Errorf("an operator sees it still: %v", asJSON(d))
	}
	b.does(t, "RotateSecret", `{"SecretId":"db","ClientRequestToken":"$trial","RotateImmediately":false}`)
	if d := b.describe(t, "db"); d.LastRotatedDate == nil || d.NextRotationDate == nil {
		t.Errorf("%+v", d)
	}
}

// TestPendingBesideCurrent: what a rotation leaves goes with the next rotation, a
// test too, or the next write (secrets-manager.md, 11).
func TestPendingBesideCurrent(t *testing.T) {
	for name, test := range map[string]struct{ operation, body, stages string }{
		"a rotation": {"RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3"}`, "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING]"},
		"a test":     {"RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","RotateImmediately":false}`, "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING]"},
		"a write":    {"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"three"}`, "v2[AWSPREVIOUS] v3[AWSCURRENT]"},
		"an update":  {"UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"three"}`, "v2[AWSPREVIOUS] v3[AWSCURRENT]"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.create(t, "db", "one")
			b.does(t, "RotateSecret", rotateMonthly)
			b.succeed(t, "db", "v2")
			if got := b.stages(t, "db"); got != "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]" {
				t.Fatal(got)
			}
			b.events(t)
			b.does(t, test.operation, test.body)
			if got := b.stages(t, "db"); got != test.stages {
				t.Errorf("got %s\nwant %s", got, test.stages)
			}
			if n := len(named(b.events(t), "RotationAbandoned")); n != 0 {
				t.Errorf("%d rotations were abandoned, and none was under way", n)
			}
		})
	}
}

// TestFirstValueOfWaitingRotation: the value that a rotation waits for abandons it,
// as any other does, and the schedule counts from there.
func TestFirstValueOfWaitingRotation(t *testing.T) {
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v0"}`)
	b.does(t, "RotateSecret", rotateMonthly)
	b.named["db"] = *b.describe(t, "db").ARN
	b.refuses(t, "alberti.RetryRotation", `{"SecretId":"db"}`, "InvalidRequestException", "Secret $db has no current value yet: its rotation waits for one.")
	b.Advance(10 * 24 * time.Hour)
	b.put(t, "db", "v1", "one")
	d := b.describe(t, "db")
	if got := written(d.VersionIdsToStages); got != "v1[AWSCURRENT]" || b.jobs(t, "db")[0].State != secret.Abandoned {
		t.Errorf("%s, %s", got, b.jobs(t, "db")[0].State)
	}
	if want := time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC); !d.NextRotationDate.Equal(want) {
		t.Errorf("next %v, want %v", d.NextRotationDate, want)
	}
}
