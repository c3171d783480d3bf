package secretsmanager_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestPutSecretValue(t *testing.T) {
	b := newBench(t)
	arn := b.create(t, "db", "one")
	for _, step := range []struct {
		version, value string
		stages         []string
		answer, want   string
	}{
		{"v2", "two", nil, "[AWSCURRENT]", "v1[AWSPREVIOUS] v2[AWSCURRENT]"},
		{"v3", "three", []string{"AWSPENDING", "blue"}, "[AWSPENDING blue]", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING blue]"},
		{"v4", "four", []string{"blue"}, "[blue]", "v1[AWSPREVIOUS] v2[AWSCURRENT] v3[AWSPENDING] v4[blue]"},
		{"v5", "five", []string{"AWSCURRENT", "blue"}, "[AWSCURRENT blue]", "v2[AWSPREVIOUS] v5[AWSCURRENT blue]"},
	} {
		out, err := b.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{
			SecretId: aws.String("db"), ClientRequestToken: aws.String(token(step.version)), SecretString: &step.value, VersionStages: step.stages,
		})
		if err != nil {
			t.Fatal(err)
		}
		if *out.ARN != arn || *out.Name != "db" || *out.VersionId != token(step.version) || fmt.Sprint(out.VersionStages) != step.answer {
			t.Errorf("%s answers %s %s %s %v", step.version, *out.ARN, *out.Name, *out.VersionId, out.VersionStages)
		}
		if got := b.stages(t, "db"); got != step.want {
			t.Errorf("after %s:\n got %s\nwant %s", step.version, got, step.want)
		}
		b.Advance(time.Second)
	}
	for version, want := range map[string]string{"v1": "one", "v2": "two", "v3": "three", "v4": "four", "v5": "five"} {
		if got := b.value(t, "db", "", version); got != want {
			t.Errorf("%s holds %q", version, got)
		}
	}
}

func TestPutBinary(t *testing.T) {
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1"}`)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	if _, err := b.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: aws.String("db"), SecretBinary: every}); err != nil {
		t.Fatal(err)
	}
	got, err := b.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: aws.String("db")})
	if err != nil || !slices.Equal(got.SecretBinary, every) || got.SecretString != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// TestPutAgain: a token is one request, whichever labels it names the second time.
func TestPutAgain(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two", "AWSPENDING")
	changed := b.describe(t, "db").LastChangedDate

	for _, body := range []string{
		`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["AWSPENDING"]}`,
		`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two"}`,
		`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","VersionStages":["blue"]}`,
	} {
		out := b.does(t, "PutSecretValue", body)
		if out["VersionId"] != token("v2") || fmt.Sprint(out["VersionStages"]) != "[AWSPENDING]" {
			t.Errorf("%s: %v", body, out)
		}
	}
	if got := b.stages(t, "db"); got != "v1[AWSCURRENT] v2[AWSPENDING]" {
		t.Errorf("a repeat moved labels: %s", got)
	}
	if d := b.describe(t, "db"); !d.LastChangedDate.Equal(*changed) {
		t.Errorf("a repeat moved LastChangedDate to %v", d.LastChangedDate)
	}

	b.refuses(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v1","SecretString":"other"}`, "ResourceExistsException", inUse)
	b.refuses(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v1","SecretBinary":"b25l"}`, "ResourceExistsException", inUse)
	if got := b.value(t, "db", "", "v1"); got != "one" {
		t.Errorf("v1 holds %q", got)
	}
}

func TestPutSecretValueRefuses(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	for name, test := range map[string]struct{ body, code, text string }{
		"no token":                {`{"SecretId":"db","SecretString":"x"}`, "InvalidRequestException", noToken},
		"no token and no secret":  {`{"SecretId":"none","SecretString":"x"}`, "InvalidRequestException", noToken},
		"no value":                {`{"SecretId":"db","ClientRequestToken":"$v2"}`, "InvalidRequestException", "You must provide either SecretString or SecretBinary."},
		"no value and no secret":  {`{"SecretId":"none","ClientRequestToken":"$v2"}`, "ResourceNotFoundException", notFound},
		"both values":             {`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"x","SecretBinary":"AAE="}`, "InvalidParameterException", both},
		"both values, no secret":  {`{"SecretId":"none","ClientRequestToken":"$v2","SecretString":"x","SecretBinary":"AAE="}`, "InvalidParameterException", both},
		"no secret":               {`{"SecretId":"none","ClientRequestToken":"$v2","SecretString":"x"}`, "ResourceNotFoundException", notFound},
		"a label that is no text": {`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"x","VersionStages":["a\u0007"]}`, "InvalidParameterException", "A staging label can't contain control characters."},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "PutSecretValue", test.body, test.code, test.text) })
	}
	if got := b.listed(t, "db", true); got != "v1[AWSCURRENT]" {
		t.Errorf("refusals left %s", got)
	}
}

func TestTwentyLabels(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	var stages []string
	for i := range 19 {
		stages = append(stages, fmt.Sprintf("label-%d", i))
	}
	b.put(t, "db", "v2", "two", stages...)
	const text = "You can't attach more than 20 staging labels to the versions of secret $db."
	b.refuses(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"x","VersionStages":["more"]}`, "LimitExceededException", text)
	b.refuses(t, "UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"more","MoveToVersionId":"$v1"}`, "LimitExceededException", text)
	if got := b.listed(t, "db", true); !strings.HasPrefix(got, "v1[AWSCURRENT] v2[") || strings.Contains(got, "more") {
		t.Errorf("a refusal left %s", got)
	}
}

// TestHundredVersions: the oldest without a label makes room, once it is a day old.
func TestHundredVersions(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	for i := range 99 {
		b.put(t, "db", fmt.Sprintf("w%02d", i), "x")
	}
	const full = "Secret $db has 100 versions, and none can be removed: each has a staging label or is younger than 24 hours."
	b.refuses(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$new","SecretString":"x"}`, "LimitExceededException", full)
	b.refuses(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$new","SecretString":"x"}`, "LimitExceededException", full)
	b.does(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$new","Description":"that is no version"}`)

	b.Advance(24 * time.Hour)
	b.events(t)
	b.put(t, "db", "new", "y")
	if got := named(b.events(t), "SecretVersionDeletion"); len(got) != 1 || got[0].RequestID != "Rotation-"+b.named["db"]+"-"+token("v1") {
		t.Errorf("events: %+v", got)
	}
	list := b.does(t, "ListSecretVersionIds", `{"SecretId":"db","IncludeDeprecated":true,"MaxResults":100}`)
	if n := len(list["Versions"].([]any)); n != 100 {
		t.Errorf("%d versions", n)
	}
	b.refuses(t, "GetSecretValue", `{"SecretId":"db","VersionId":"$v1"}`, "ResourceNotFoundException",
		"Secrets Manager can't find the specified secret value for VersionId: $v1")
}
