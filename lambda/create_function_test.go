package lambda_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestCreateFunction holds the answers to a new function to the byte (lambda.md,
// 2.2 to 2.4).
func TestCreateFunction(t *testing.T) {
	b := newBench(t)
	archive := zipped(t, "index.py", handler)
	sum := sha256.Sum256(archive)
	common := fmt.Sprintf(`"FunctionName":"f","FunctionArn":"%sfunction:f","Runtime":"python3.12","Role":"%s","Handler":"index.handler",`+
		`"CodeSize":%d,"Description":"","Timeout":3,"MemorySize":128,"LastModified":"2026-11-21T09:30:15.123+0000","CodeSha256":"%s","Version":"$LATEST",`,
		prefix, role, len(archive), base64.StdEncoding.EncodeToString(sum[:]))
	const (
		pending = `"State":"Pending","StateReason":"The function is being created.","StateReasonCode":"Creating",`
		active  = `"State":"Active","LastUpdateStatus":"Successful",`
		rest    = `"PackageType":"Zip","Architectures":["x86_64"],"EphemeralStorage":{"Size":512},"SnapStart":{"ApplyOn":"None","OptimizationStatus":"Off"},`
		runtime = `"RuntimeVersionConfig":{"RuntimeVersionArn":"arn:aws:lambda:eu-west-1::runtime:HEX"},`
		logging = `"LoggingConfig":{"LogFormat":"Text","LogGroup":"/aws/lambda/f"}}`
	)
	shown := func(state string) string {
		return "{" + common + `"Environment":{"Variables":{"NAME":"value"}},"TracingConfig":{"Mode":"PassThrough"},"RevisionId":"UUID",` + state + rest + runtime + logging
	}
	made := b.send(t, "POST /2015-03-31/functions", creation(t, "f", `"Environment":{"Variables":{"NAME":"value"}},"Unknown":1`))
	if made.status != http.StatusCreated || plain(made.body) != shown(pending) || made.header.Get("Content-Type") != "application/json" {
		t.Errorf("made: %d %s\nwant %s", made.status, plain(made.body), shown(pending))
	}
	got := b.send(t, "GET /2015-03-31/functions/f/configuration", "")
	if got.status != http.StatusOK || plain(got.body) != shown(active) {
		t.Errorf("got: %d %s\nwant %s", got.status, plain(got.body), shown(active))
	}
	before, after := uuids.FindString(made.body), uuids.FindString(got.body)
	if before == after || uuids.FindString(b.send(t, "GET /2015-03-31/functions/f/configuration", "").body) != after {
		t.Errorf("the revision was %s, is %s", before, after)
	}
	b.refuses(t, "POST /2015-03-31/functions/", creation(t, "f", ""), 409, "ResourceConflictException", `{"Type":"User","message":"Function already exist: f"}`)
}

// TestGetFunction has tags, concurrency, the qualifier in the ARN and code that
// can be downloaded.
func TestGetFunction(t *testing.T) {
	b := newBench(t)
	archive := zipped(t, "bootstrap", "#!/bin/sh\n")
	b.create(t, "f", func(in *sdk.CreateFunctionInput) {
		in.Code.ZipFile, in.Runtime, in.Tags, in.Publish = archive, types.RuntimeProvidedal2023, map[string]string{"team": "red"}, true
	})
	out, err := b.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String(prefix + "function:f")})
	if err != nil {
		t.Fatal(err)
	}
	if out.Tags["team"] != "red" || out.Concurrency != nil || aws.ToString(out.Code.RepositoryType) != "S3" || out.Configuration.State != types.StateActive ||
		out.Configuration.Environment != nil || aws.ToString(out.Configuration.FunctionArn) != prefix+"function:f" {
		t.Errorf("got %+v, %+v", out, out.Configuration)
	}
	answer, err := http.Get(aws.ToString(out.Code.Location))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := readAll(t, answer.Body); answer.StatusCode != 200 || got != string(archive) {
		t.Errorf("downloaded: %d, %d bytes of %d", answer.StatusCode, len(got), len(archive))
	}
	b.Advance(11 * 60e9)
	late, err := http.Get(aws.ToString(out.Code.Location))
	if err != nil {
		t.Fatal(err)
	}
	late.Body.Close()
	if late.StatusCode != http.StatusForbidden {
		t.Errorf("after eleven minutes: %d", late.StatusCode)
	}
	for name, want := range map[string]string{"f:1": "f:1", "f:$LATEST": "f:$LATEST", "function:f": "f", account + ":function:f:1": "f:1", region + ":" + account + ":function:f": "f"} {
		got, err := b.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: &name})
		if err != nil || aws.ToString(got.FunctionArn) != prefix+"function:"+want || strings.HasSuffix(want, ":1") != (aws.ToString(got.Version) == "1") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
