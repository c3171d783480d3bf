package lambda_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda"
)

// trail is all that was audited: what is in the files, and what waits to be
// written to them.
func (b *bench) trail(t *testing.T) []map[string]any {
	t.Helper()
	lines := append(b.Shipped(t), bytes.Split(bytes.TrimSpace(b.Trailed(t)), []byte("\n"))...)
	var out []map[string]any
	for _, line := range lines {
		var e map[string]any
		if len(line) == 0 {
			continue
		}
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, e)
	}
	return out
}

// TestAudit: every call is an event, and none tells what code, variables, events,
// results and logs hold.
func TestAudit(t *testing.T) {
	b := newBench(t)
	const canary = "CANARY"
	b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) {
		return lambda.Outcome{Payload: []byte(`"` + canary + `"`), Log: []byte(canary)}, nil
	})
	archive := base64.StdEncoding.EncodeToString(zipped(t, "index.py", canary))
	encoded := base64.StdEncoding.EncodeToString([]byte(`{"a":"` + canary + `"}`))
	arn := prefix + "function:f"
	calls := []struct {
		name, at, body string
		headers        []string
	}{
		{"CreateFunction", "POST " + functions, creation(t, "f", `"Code":{"ZipFile":"`+archive+`"},"Environment":{"Variables":{"NAME":"`+canary+`"}}`), nil},
		{"CreateFunction", "POST " + functions, creation(t, "g", `"Environment":{"Variables":{"NAME":"`+strings.Repeat(canary, 1000)+`"}}`), nil},
		{"CreateFunction", "POST " + functions, `{"Environment":"` + canary + `"}`, nil},
		{"UpdateFunctionCode", "PUT " + functions + "/f/code", `{"ZipFile":"` + archive + `"}`, nil},
		{"UpdateFunctionConfiguration", "PUT " + functions + "/f/configuration", `{"Environment":{"Variables":{"NAME":"` + canary + `"}}}`, nil},
		{"PublishVersion", "POST " + functions + "/f/versions", `{}`, nil},
		{"GetFunction", "GET " + functions + "/f", "", nil},
		{"GetFunctionConfiguration", "GET " + functions + "/f/configuration", "", nil},
		{"ListFunctions", "GET " + functions, "", nil},
		{"ListVersionsByFunction", "GET " + functions + "/f/versions", "", nil},
		{"TagResource", "POST /2017-03-31/tags/" + arn, `{"Tags":{"a":"b"}}`, nil},
		{"UntagResource", "DELETE /2017-03-31/tags/" + arn + "?tagKeys=a", "", nil},
		{"ListTags", "GET /2017-03-31/tags/" + arn, "", nil},
		{"PutFunctionConcurrency", "PUT /2017-10-31/functions/f/concurrency", `{"ReservedConcurrentExecutions":5}`, nil},
		{"GetFunctionConcurrency", "GET /2019-09-30/functions/f/concurrency", "", nil},
		{"DeleteFunctionConcurrency", "DELETE /2017-10-31/functions/f/concurrency", "", nil},
		{"GetAccountSettings", "GET /2016-08-19/account-settings", "", nil},
		{"Invoke", invocations, `"` + canary + `"`, []string{"X-Amz-Log-Type", "Tail", "X-Amz-Client-Context", encoded}},
		{"Invoke", invocations, `"` + canary + `"`, []string{"X-Amz-Invocation-Type", "Event"}},
		{"InvokeAsync", "POST /2014-11-13/functions/f/invoke-async", `"` + canary + `"`, nil},
		{"GetFunction", "GET " + functions + "/none", "", nil},
		{"DeleteFunction", "DELETE " + functions + "/f", "", nil},
	}
	ids := map[string]string{}
	for _, c := range calls {
		r := b.send(t, c.at, c.body, c.headers...)
		ids[r.header.Get("X-Amzn-Requestid")] = c.name
		if r.status >= 500 {
			t.Errorf("%s: %d %s", c.at, r.status, r.body)
		}
	}
	for _, e := range b.trail(t) {
		line, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(line), canary) || strings.Contains(string(line), archive) || strings.Contains(string(line), base64.StdEncoding.EncodeToString([]byte(canary))) {
			t.Errorf("it tells what it must not: %s", line)
		}
		id, _ := e["requestID"].(string)
		if ids[id] != e["eventName"] || e["eventSource"] != "lambda.amazonaws.com" {
			t.Errorf("an event of %q, source %v: %s", ids[id], e["eventSource"], line)
		}
		delete(ids, id)
		if e["eventName"] == "UpdateFunctionCode" {
			resource := e["resources"].([]any)[0].(map[string]any)
			if len(e["resources"].([]any)) != 1 || resource["ARN"] != arn || resource["type"] != "AWS::Lambda::Function" || e["responseElements"].(map[string]any)["functionArn"] != arn {
				t.Errorf("of an update: %s", line)
			}
		}
	}
	if len(ids) != 0 {
		t.Errorf("without an event: %v", ids)
	}
}

// TestNothingInClear looks for code, variables and events in the store's files.
func TestNothingInClear(t *testing.T) {
	b := newBench(t)
	const canary = "CANARY-of-the-store"
	if r := b.send(t, "POST "+functions, creation(t, "f", `"Environment":{"Variables":{"NAME":"`+canary+`"}},"Description":"`+canary[:6]+`"`)); r.status != 201 {
		t.Fatal(r.body)
	}
	b.send(t, invocations, `"`+canary+`"`, "X-Amz-Invocation-Type", "Event")
	files, err := filepath.Glob(filepath.Join(b.Dir, "alberti.db*"))
	if err != nil {
		t.Fatal(err)
	}
	described := false
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		described = described || bytes.Contains(text, []byte(canary[:6]))
		if bytes.Contains(text, []byte(canary)) || bytes.Contains(text, []byte("index.py")) {
			t.Errorf("%s has it in clear", f)
		}
	}
	if !described {
		t.Error("not even the description was found: the test looks in the wrong place")
	}
}
