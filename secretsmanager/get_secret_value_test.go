package secretsmanager_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestGetSecretValue(t *testing.T) {
	b := newBench(t)
	arn, born := b.create(t, "db", "one"), b.Now().Add(-time.Millisecond)
	b.put(t, "db", "v2", "two", "AWSCURRENT", "blue")
	b.put(t, "db", "v3", "three")
	b.put(t, "db", "v4", "four", "AWSPENDING")
	for name, test := range map[string]struct {
		label, version string
		value, stages  string
	}{
		"by default":   {"", "", "three", "[AWSCURRENT]"},
		"current":      {"AWSCURRENT", "", "three", "[AWSCURRENT]"},
		"previous":     {"AWSPREVIOUS", "", "two", "[AWSPREVIOUS blue]"},
		"pending":      {"AWSPENDING", "", "four", "[AWSPENDING]"},
		"custom":       {"blue", "", "two", "[AWSPREVIOUS blue]"},
		"by version":   {"", "v2", "two", "[AWSPREVIOUS blue]"},
		"deprecated":   {"", "v1", "one", "[]"},
		"both, agreed": {"blue", "v2", "two", "[AWSPREVIOUS blue]"},
	} {
		t.Run(name, func(t *testing.T) {
			in := &sdk.GetSecretValueInput{SecretId: aws.String("db")}
			if test.label != "" {
				in.VersionStage = &test.label
			}
			if test.version != "" {
				in.VersionId = aws.String(token(test.version))
			}
			for range 2 { // from the store, then from the cache
				out, err := b.GetSecretValue(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				if *out.ARN != arn || *out.Name != "db" || *out.SecretString != test.value || fmt.Sprint(out.VersionStages) != test.stages {
					t.Errorf("%s %s %s %v", *out.ARN, *out.Name, *out.SecretString, out.VersionStages)
				}
				if test.version != "" && *out.VersionId != token(test.version) {
					t.Errorf("version %s", *out.VersionId)
				}
				if test.version == "v1" && !out.CreatedDate.Equal(born) {
					t.Errorf("created %v, want %v", out.CreatedDate, born)
				}
			}
		})
	}
	if got := members(b.does(t, "GetSecretValue", `{"SecretId":"db"}`)); got != "ARN CreatedDate Name SecretString VersionId VersionStages" {
		t.Error(got)
	}
	if got := members(b.does(t, "GetSecretValue", `{"SecretId":"db","VersionId":"$v1"}`)); got != "ARN CreatedDate Name SecretString VersionId" {
		t.Errorf("deprecated: %s", got)
	}
}

func TestGetSecretValueRefuses(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two")
	b.does(t, "CreateSecret", `{"Name":"empty","ClientRequestToken":"$v1"}`)
	const (
		noLabel = "Secrets Manager can't find the specified secret value for staging label: "
		noID    = "Secrets Manager can't find the specified secret value for VersionId: "
		missing = "ResourceNotFoundException"
	)
	for name, test := range map[string]struct{ body, code, text string }{
		"no secret":            {`{"SecretId":"none"}`, missing, notFound},
		"no value":             {`{"SecretId":"empty"}`, missing, noLabel + "AWSCURRENT"},
		"no such label":        {`{"SecretId":"db","VersionStage":"blue"}`, missing, noLabel + "blue"},
		"no such label, empty": {`{"SecretId":"empty","VersionStage":"AWSPREVIOUS"}`, missing, noLabel + "AWSPREVIOUS"},
		"no such version":      {`{"SecretId":"db","VersionId":"$v9"}`, missing, noID + "$v9"},
		"no such of both":      {`{"SecretId":"db","VersionId":"$v9","VersionStage":"AWSCURRENT"}`, missing, noID + "$v9"},
		"both, not agreed": {`{"SecretId":"db","VersionId":"$v1","VersionStage":"AWSCURRENT"}`, "InvalidRequestException",
			"You provided a VersionStage that is not associated to the provided VersionId."},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "GetSecretValue", test.body, test.code, test.text) })
	}
}

// TestReadAfterWrite: what was acknowledged is what is read, cache or not.
func TestReadAfterWrite(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "v1")
	for i := 2; i < 30; i++ {
		version := fmt.Sprint("v", i)
		before := b.value(t, "db", "", "")
		b.put(t, "db", version, version)
		if current, previous := b.value(t, "db", "", ""), b.value(t, "db", "AWSPREVIOUS", ""); current != version || previous != before {
			t.Fatalf("after %s: current %s, previous %s", version, current, previous)
		}
	}
}
