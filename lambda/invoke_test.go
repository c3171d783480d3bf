package lambda_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/lambda"
)

const invocations = "POST " + functions + "/f/invocations"

// TestInvoke gives the runner all that it needs, and the client what became of it.
func TestInvoke(t *testing.T) {
	b := newBench(t)
	archive := zipped(t, "index.py", handler)
	b.create(t, "f", func(in *sdk.CreateFunctionInput) {
		in.Environment, in.Publish = &types.Environment{Variables: map[string]string{"NAME": "value"}}, true
	})
	b.alias(t, "f", function.Alias{Name: "live", Version: 1, Revision: "r"})
	b.runner.does(func(ctx context.Context, i lambda.Invocation) (lambda.Outcome, error) {
		code, err := i.Code(ctx)
		if err != nil || !bytes.Equal(code, archive) {
			t.Errorf("code: %d bytes, %v", len(code), err)
		}
		variables, err := i.Environment(ctx)
		if err != nil || !maps.Equal(variables, map[string]string{"NAME": "value"}) {
			t.Errorf("environment: %v, %v", variables, err)
		}
		return lambda.Outcome{Payload: []byte(`{"is":` + string(i.Payload) + `}`), Log: []byte("START\n")}, nil
	})
	for qualifier, want := range map[string]struct{ arn, version string }{
		"": {"f", "$LATEST"}, "$LATEST": {"f:$LATEST", "$LATEST"}, "1": {"f:1", "1"}, "live": {"f:live", "1"},
	} {
		in := &sdk.InvokeInput{
			FunctionName: aws.String("f"), Payload: []byte(`[1]`), LogType: types.LogTypeTail,
			ClientContext: aws.String(base64.StdEncoding.EncodeToString([]byte(`{"client":1}`))),
		}
		if qualifier != "" {
			in.Qualifier = &qualifier
		}
		out, err := b.Client.Invoke(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if out.StatusCode != 200 || string(out.Payload) != `{"is":[1]}` || *out.ExecutedVersion != want.version || out.FunctionError != nil ||
			*out.LogResult != base64.StdEncoding.EncodeToString([]byte("START\n")) {
			t.Errorf("%q: %+v", qualifier, out)
		}
		i := b.runner.last()
		if i.ARN != prefix+"function:"+want.arn || i.ClientContext != `{"client":1}` || len(i.RequestID) != 36 || i.Version.Build == "" {
			t.Errorf("%q: the runner was given %+v", qualifier, i)
		}
	}
	r := b.send(t, invocations, "", "X-Amzn-Trace-Id", "Root=1")
	if r.status != 200 || r.body != `{"is":{}}` || r.header.Get("X-Amz-Log-Result") != "" || r.header.Get("Content-Type") != "application/json" || b.runner.last().Trace != "Root=1" ||
		b.runner.last().RequestID != r.header.Get("X-Amzn-Requestid") {
		t.Errorf("without a body: %+v", r)
	}
}

// TestInvokeDuringUpdates: an invocation that comes between an update and the code
// that was there before it is run all the same, with the new code.
func TestInvokeDuringUpdates(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	for _, c := range []struct {
		updates, runs int // the updates that come in between, and how often it is run for that
		lost          bool
	}{{0, 1, false}, {1, 2, false}, {4, 5, false}, {100, 5, true}} {
		runs := 0
		b.runner.does(func(ctx context.Context, i lambda.Invocation) (lambda.Outcome, error) {
			if runs++; runs <= c.updates {
				archive := zipped(t, "index.py", fmt.Sprintf("# %d of %d\n", runs, c.updates))
				if _, err := b.UpdateFunctionCode(ctx, &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("f"), ZipFile: archive}); err != nil {
					t.Error(err)
				}
			}
			_, err := i.Code(ctx)
			return lambda.Outcome{Payload: i.Payload}, err
		})
		r := b.send(t, invocations, `"x"`)
		if lost := r.status != 200 || r.body != `"x"`; lost != c.lost || runs != c.runs {
			t.Errorf("%d updates: %d runs, %d %s", c.updates, runs, r.status, r.body)
		}
	}
}

// TestBuild: warm environments are good for as long as code and configuration are
// the same, and no longer.
func TestBuild(t *testing.T) {
	b := newBench(t)
	made := b.create(t, "f")
	build := func() string {
		t.Helper()
		if _, err := b.Client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("f")}); err != nil {
			t.Fatal(err)
		}
		return b.runner.last().Version.Build
	}
	first := build()
	if _, err := b.TagResource(t.Context(), &sdk.TagResourceInput{Resource: made.FunctionArn, Tags: map[string]string{"a": "b"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Client.PublishVersion(t.Context(), &sdk.PublishVersionInput{FunctionName: aws.String("f")}); err != nil {
		t.Fatal(err)
	}
	if build() != first {
		t.Error("tags or a publication made environments useless")
	}
	b.update(t, "f", "other")
	second := build()
	if second == first {
		t.Error("other code is the same build")
	}
	if _, err := b.Client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: aws.String("f"), Timeout: aws.Int32(5)}); err != nil {
		t.Fatal(err)
	}
	if build() == second {
		t.Error("another configuration is the same build")
	}
}

// TestInvokeFails tells a function that fails from one that is not run.
func TestInvokeFails(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) {
		return lambda.Outcome{Payload: []byte(`{"errorMessage":"no"}`), FunctionError: "Unhandled"}, nil
	})
	if r := b.send(t, invocations, "{}"); r.status != 200 || r.header.Get("X-Amz-Function-Error") != "Unhandled" || r.body != `{"errorMessage":"no"}` || r.header.Get("X-Amz-Executed-Version") != "$LATEST" {
		t.Errorf("a function error: %+v", r)
	}
	for _, c := range []struct {
		err        error
		status     int
		code, body string
	}{
		{fault.New(fault.Throttled, "Rate Exceeded."), 429, "TooManyRequestsException", `{"Type":"User","message":"Rate Exceeded.","Reason":"ConcurrentInvocationLimitExceeded"}`},
		{fault.New(fault.InvalidRuntime, "There is no python3.12 here."), 502, "InvalidRuntimeException", `{"Type":"Service","Message":"There is no python3.12 here."}`},
		{fault.New(fault.InvalidZip, "It cannot be unpacked."), 502, "InvalidZipFileException", `{"Type":"Service","Message":"It cannot be unpacked."}`},
		{fault.New(fault.NotReady, "Not yet."), 502, "ResourceNotReadyException", `{"Type":"Service","message":"Not yet."}`},
		{errors.New("a secret of ours"), 500, "ServiceException", `{"Type":"Service","Message":"An error occurred and the request cannot be processed."}`},
	} {
		b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) { return lambda.Outcome{}, c.err })
		b.refuses(t, invocations, "{}", c.status, c.code, c.body)
	}
	b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) { panic("no") })
	b.refuses(t, invocations, "{}", 500, "ServiceException", `{"Type":"Service","Message":"An error occurred and the request cannot be processed."}`)
	for _, context := range []string{"?", base64.StdEncoding.EncodeToString([]byte("no json")), base64.StdEncoding.EncodeToString([]byte(`{"a":"` + strings.Repeat("x", 3000) + `"}`))} {
		if r := b.send(t, invocations, "{}", "X-Amz-Client-Context", context); r.status != 400 || r.header.Get("X-Amzn-Errortype") != "InvalidRequestContentException" {
			t.Errorf("the client context %.20s: %+v", context, r)
		}
	}
}

// TestDryRun authorises and checks, and runs nothing.
func TestDryRun(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	if r := b.send(t, invocations, "{}", "X-Amz-Invocation-Type", "DryRun"); r.status != http.StatusNoContent || r.body != "" || r.header.Get("X-Amz-Executed-Version") != "" {
		t.Errorf("%+v", r)
	}
	if r := b.send(t, invocations+"?Qualifier=9", "{}", "X-Amz-Invocation-Type", "DryRun"); r.status != http.StatusNotFound {
		t.Errorf("of a version that is not there: %+v", r)
	}
	if len(b.runner.asked) != 0 {
		t.Error("it ran")
	}
}

// TestConcurrency refuses what is more than a function has reserved.
func TestConcurrency(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	reserve := func(n int32) {
		t.Helper()
		if _, err := b.PutFunctionConcurrency(t.Context(), &sdk.PutFunctionConcurrencyInput{FunctionName: aws.String("f"), ReservedConcurrentExecutions: &n}); err != nil {
			t.Fatal(err)
		}
	}
	const refused = `{"Type":"User","message":"Rate Exceeded.","Reason":"ReservedFunctionConcurrentInvocationLimitExceeded"}`
	reserve(0)
	b.refuses(t, invocations, "{}", 429, "TooManyRequestsException", refused)
	reserve(1)
	begun, goOn := make(chan struct{}), make(chan struct{})
	b.runner.does(func(context.Context, lambda.Invocation) (lambda.Outcome, error) {
		begun <- struct{}{}
		<-goOn
		return lambda.Outcome{Payload: []byte("1")}, nil
	})
	ended := make(chan error)
	go func() {
		_, err := b.Client.Invoke(context.Background(), &sdk.InvokeInput{FunctionName: aws.String("f")})
		ended <- err
	}()
	<-begun
	b.refuses(t, invocations, "{}", 429, "TooManyRequestsException", refused)
	close(goOn)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	b.runner.does(nil)
	if r := b.send(t, invocations, "{}"); r.status != 200 {
		t.Errorf("after the other one ended: %+v", r)
	}
}

// TestRouting sends a share of an alias's invocations to another version.
func TestRouting(t *testing.T) {
	b := newBench(t)
	b.create(t, "f", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	b.update(t, "f", "other", func(in *sdk.UpdateFunctionCodeInput) { in.Publish = true })
	for share, want := range map[float64]string{0: "[1]", 1: "[2]", 0.5: "[1 2]"} {
		b.alias(t, "f", function.Alias{Name: "live", Version: 1, Routing: map[string]float64{"2": share}})
		ran := map[string]bool{}
		for range 64 {
			ran[b.send(t, "POST "+functions+"/f:live/invocations", "{}").header.Get("X-Amz-Executed-Version")] = true
		}
		got := "["
		for _, v := range []string{"1", "2"} {
			if ran[v] {
				got += v + " "
			}
		}
		if got = strings.TrimSpace(got) + "]"; got != want {
			t.Errorf("with a share of %v: %s", share, got)
		}
	}
}

// TestCodeIsBound: code that was moved to another function does not open there.
func TestCodeIsBound(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	b.create(t, "g")
	other := fmt.Sprintf("%sfunction:g", prefix)
	_, err := b.Client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("f")})
	if err != nil {
		t.Fatal(err)
	}
	i := b.runner.last()
	stolen := *i.Function
	stolen.Name = "g"
	if _, err := b.Client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: &other}); err != nil {
		t.Fatal(err)
	}
	moved := b.runner.last()
	*moved.Version = *i.Version // g now has f's code, as a row that was changed would
	if code, err := moved.Code(t.Context()); err == nil {
		t.Errorf("it opened: %d bytes", len(code))
	}
}
