package secretsmanager_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestUpdateSecretVersionStage(t *testing.T) {
	b := newBench(t)
	arn := b.create(t, "db", "one")
	b.put(t, "db", "v2", "two", "AWSPENDING")
	move := func(label, from, to string) (*sdk.UpdateSecretVersionStageOutput, error) {
		in := &sdk.UpdateSecretVersionStageInput{SecretId: aws.String("db"), VersionStage: &label}
		if from != "" {
			in.RemoveFromVersionId = aws.String(token(from))
		}
		if to != "" {
			in.MoveToVersionId = aws.String(token(to))
		}
		return b.UpdateSecretVersionStage(t.Context(), in)
	}
	for _, step := range []struct{ label, from, to, want, current string }{
		{"AWSCURRENT", "v1", "v2", "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]", "two"},
		{"AWSPENDING", "v2", "", "v1[AWSPREVIOUS] v2[AWSCURRENT]", "two"},
		{"AWSCURRENT", "v2", "v1", "v1[AWSCURRENT] v2[AWSPREVIOUS]", "one"}, // rollback
		{"blue", "", "v2", "v1[AWSCURRENT] v2[AWSPREVIOUS blue]", "one"},
		{"blue", "v2", "v1", "v1[AWSCURRENT blue] v2[AWSPREVIOUS]", "one"},
		{"AWSPREVIOUS", "v2", "", "v1[AWSCURRENT blue]", "one"},
		{"AWSCURRENT", "", "v1", "v1[AWSCURRENT blue]", "one"},
	} {
		b.Advance(time.Second)
		out, err := move(step.label, step.from, step.to)
		if err != nil || *out.ARN != arn || *out.Name != "db" {
			t.Fatalf("%+v: %+v, %v", step, out, err)
		}
		d := b.describe(t, "db")
		if got := written(d.VersionIdsToStages); got != step.want || !d.LastChangedDate.Equal(b.Now()) {
			t.Errorf("%+v: %s, changed %v", step, got, d.LastChangedDate)
		}
		if got := b.value(t, "db", "", ""); got != step.current {
			t.Errorf("%+v: the current value is %q", step, got)
		}
	}
	if got := b.listed(t, "db", false); got != "v1[AWSCURRENT blue]" {
		t.Errorf("without labels a version is deprecated: %s", got)
	}
}

func TestUpdateSecretVersionStageRefuses(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two")
	for name, test := range map[string]struct{ body, code, text string }{
		"from unsaid": {`"VersionStage":"AWSCURRENT","MoveToVersionId":"$v1"`, "InvalidParameterException",
			"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version $v2, so you must explicitly reference that version in RemoveFromVersionId."},
		"from another": {`"VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v1"`, "InvalidParameterException",
			"When you move staging label AWSCURRENT, if you specify RemoveFromVersionId, it must be set to the version that currently has the staging label AWSCURRENT."},
		"current to nowhere": {`"VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v2"`, "InvalidParameterException",
			"You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed."},
		"to no version":   {`"VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v2","MoveToVersionId":"$v9"`, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for VersionId: $v9"},
		"from no version": {`"VersionStage":"blue","RemoveFromVersionId":"$v9"`, "InvalidParameterException", "Not a valid version: $v9"},
		"not there":       {`"VersionStage":"blue","RemoveFromVersionId":"$v1"`, "InvalidParameterException", "Version stage blue not found in version $v1"},
		"neither":         {`"VersionStage":"blue"`, "InvalidParameterException", "You must specify RemoveFromVersionId, MoveToVersionId, or both."},
		"no label": {`"MoveToVersionId":"$v1"`, "ValidationException",
			"1 validation error detected: Value null at 'versionStage' failed to satisfy constraint: Member must not be null"},
	} {
		t.Run(name, func(t *testing.T) {
			b.refuses(t, "UpdateSecretVersionStage", `{"SecretId":"db",`+test.body+`}`, test.code, test.text)
		})
	}
	b.refuses(t, "UpdateSecretVersionStage", `{"SecretId":"none","VersionStage":"blue","MoveToVersionId":"$v1"}`, "ResourceNotFoundException", notFound)
	if got := b.stages(t, "db"); got != "v1[AWSPREVIOUS] v2[AWSCURRENT]" {
		t.Errorf("refusals left %s", got)
	}
}
