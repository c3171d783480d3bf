package lambda_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// configuration reads a function as it is.
func (b *bench) configuration(t *testing.T, name string) *sdk.GetFunctionConfigurationOutput {
	t.Helper()
	out, err := b.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// update changes a function's code to one file's content.
func (b *bench) update(t *testing.T, name, content string, more ...func(*sdk.UpdateFunctionCodeInput)) *sdk.UpdateFunctionCodeOutput {
	t.Helper()
	in := &sdk.UpdateFunctionCodeInput{FunctionName: &name, ZipFile: zipped(t, "index.py", content)}
	for _, m := range more {
		m(in)
	}
	out, err := b.UpdateFunctionCode(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// alias writes an alias into the store.
func (b *bench) alias(t *testing.T, name string, a function.Alias) {
	t.Helper()
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		f, err := tx.Function(function.Ref{Region: region, Account: account, Name: name})
		if err != nil {
			return err
		}
		return tx.PutAlias(f, a)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestUpdateFunctionCode(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	first := b.configuration(t, "f")
	b.Advance(1e9)
	dry := b.update(t, "f", "other", func(in *sdk.UpdateFunctionCodeInput) { in.DryRun = true })
	if again := b.configuration(t, "f"); *dry.CodeSha256 == *first.CodeSha256 || *again.CodeSha256 != *first.CodeSha256 || *again.RevisionId != *first.RevisionId {
		t.Errorf("a dry run: %v, then %v", *dry.CodeSha256, *again.CodeSha256)
	}
	out := b.update(t, "f", "other", func(in *sdk.UpdateFunctionCodeInput) {
		in.RevisionId, in.Architectures = first.RevisionId, []types.Architecture{types.ArchitectureArm64}
	})
	if out.State != types.StateActive || out.LastUpdateStatus != types.LastUpdateStatusInProgress || out.LastUpdateStatusReasonCode != "Creating" ||
		aws.ToString(out.LastUpdateStatusReason) != "The function is being created." || out.StateReason != nil || *out.CodeSha256 != *dry.CodeSha256 {
		t.Errorf("updated: %+v", out)
	}
	now := b.configuration(t, "f")
	if now.LastUpdateStatus != types.LastUpdateStatusSuccessful || now.LastUpdateStatusReason != nil || *now.RevisionId == *out.RevisionId ||
		*now.LastModified != "2026-11-21T09:30:16.123+0000" || now.Architectures[0] != types.ArchitectureArm64 {
		t.Errorf("after the update: %+v", now)
	}
	published := b.update(t, "f", "third", func(in *sdk.UpdateFunctionCodeInput) { in.Publish = true })
	if *published.FunctionArn != prefix+"function:f:1" || *published.Version != "1" || published.State != types.StatePending || published.StateReasonCode != types.StateReasonCodeCreating || published.LastUpdateStatus != "" {
		t.Errorf("published: %+v", published)
	}
}

func TestUpdateFunctionConfiguration(t *testing.T) {
	b := newBench(t)
	b.create(t, "f", func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: map[string]string{"ONE": "1"}}
		in.DeadLetterConfig = &types.DeadLetterConfig{TargetArn: aws.String("arn:aws:sqs:eu-west-1:000000000000:q")}
		in.VpcConfig = &types.VpcConfig{SubnetIds: []string{"subnet-1"}, SecurityGroupIds: []string{"sg-1"}}
		in.Description = aws.String("first")
	})
	was := b.configuration(t, "f")
	if was.VpcConfig == nil || was.DeadLetterConfig == nil || was.Environment.Variables["ONE"] != "1" {
		t.Errorf("created: %+v", was)
	}
	change := func(in *sdk.UpdateFunctionConfigurationInput) *sdk.GetFunctionConfigurationOutput {
		t.Helper()
		in.FunctionName = aws.String("f")
		out, err := b.Client.UpdateFunctionConfiguration(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		now := b.configuration(t, "f")
		if out.LastUpdateStatus != types.LastUpdateStatusInProgress || *out.RevisionId == *now.RevisionId {
			t.Errorf("updated: %+v", out)
		}
		return now
	}
	now := change(&sdk.UpdateFunctionConfigurationInput{
		Timeout: aws.Int32(9), Environment: &types.Environment{Variables: map[string]string{"TWO": "2"}},
		LoggingConfig: &types.LoggingConfig{LogFormat: types.LogFormatJson},
	})
	if *now.Timeout != 9 || *now.Description != "first" || fmt.Sprint(now.Environment.Variables) != "map[TWO:2]" ||
		now.LoggingConfig.ApplicationLogLevel != types.ApplicationLogLevelInfo || now.LoggingConfig.SystemLogLevel != types.SystemLogLevelInfo {
		t.Errorf("changed: %+v, %+v", now, now.LoggingConfig)
	}
	now = change(&sdk.UpdateFunctionConfigurationInput{
		Environment: &types.Environment{Variables: map[string]string{}}, DeadLetterConfig: &types.DeadLetterConfig{TargetArn: aws.String("")},
		VpcConfig: &types.VpcConfig{}, LoggingConfig: &types.LoggingConfig{LogFormat: types.LogFormatText}, Description: aws.String(""),
	})
	if now.Environment == nil || len(now.Environment.Variables) != 0 || now.DeadLetterConfig != nil || now.VpcConfig != nil ||
		now.LoggingConfig.ApplicationLogLevel != "" || *now.Description != "" || *now.Timeout != 9 {
		t.Errorf("cleared: %+v", now)
	}
}

// TestPublishVersion: a version stays what it was, and one that would be the same
// is not made (lambda.md, 2.5).
func TestPublishVersion(t *testing.T) {
	b := newBench(t)
	b.create(t, "f", func(in *sdk.CreateFunctionInput) {
		in.Environment = &types.Environment{Variables: map[string]string{"NAME": "one"}}
	})
	publish := func(more ...func(*sdk.PublishVersionInput)) (*sdk.PublishVersionOutput, error) {
		in := &sdk.PublishVersionInput{FunctionName: aws.String("f")}
		for _, m := range more {
			m(in)
		}
		return b.Client.PublishVersion(t.Context(), in)
	}
	latest := b.configuration(t, "f")
	one, err := publish(func(in *sdk.PublishVersionInput) { in.Description = aws.String("the first") })
	if err != nil || *one.Version != "1" || *one.FunctionArn != prefix+"function:f:1" || *one.Description != "the first" || one.State != types.StatePending || one.LastUpdateStatus != "" {
		t.Fatalf("%+v, %v", one, err)
	}
	if now := b.configuration(t, "f"); *now.RevisionId == *latest.RevisionId || *now.Description != "" {
		t.Errorf("$LATEST after a publication: %+v", now)
	}
	if same, err := publish(); err != nil || *same.Version != "1" || same.State != types.StateActive {
		t.Errorf("published once more: %+v, %v", same, err)
	}
	if _, err := b.Client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{
		FunctionName: aws.String("f"), Environment: &types.Environment{Variables: map[string]string{"NAME": "two"}},
	}); err != nil {
		t.Fatal(err)
	}
	two, err := publish()
	if err != nil || *two.Version != "2" || two.Environment.Variables["NAME"] != "two" {
		t.Errorf("%+v, %v", two, err)
	}
	if was := b.configuration(t, "f:1"); was.Environment.Variables["NAME"] != "one" || *was.Description != "the first" || was.State != types.StateActive {
		t.Errorf("version 1 is %+v", was)
	}
	other := b.update(t, "f", "other")
	b.refuses(t, "POST "+functions+"/f/versions", `{"CodeSha256":"`+*latest.CodeSha256+`"}`, 400, "InvalidParameterValueException", user("message",
		"CodeSHA256 ("+*latest.CodeSha256+") is different from current CodeSHA256 in $LATEST ("+*other.CodeSha256+"). Please try again with the CodeSHA256 in $LATEST."))
	if _, err := b.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("f"), Qualifier: aws.String("2")}); err != nil {
		t.Fatal(err)
	}
	three, err := publish(func(in *sdk.PublishVersionInput) { in.CodeSha256 = other.CodeSha256 })
	if err != nil || *three.Version != "3" {
		t.Errorf("after version 2 was deleted: %+v, %v", three, err)
	}
}

// TestListVersions and ListFunctions, page by page.
func TestLists(t *testing.T) {
	b := newBench(t)
	for i := range 3 {
		b.create(t, fmt.Sprintf("f%d", i))
	}
	for i := range 3 {
		b.update(t, "f1", fmt.Sprint(i), func(in *sdk.UpdateFunctionCodeInput) { in.Publish = true })
	}
	var arns []string
	versions := sdk.NewListVersionsByFunctionPaginator(b, &sdk.ListVersionsByFunctionInput{FunctionName: aws.String("f1"), MaxItems: aws.Int32(3)})
	n := 0
	for ; versions.HasMorePages(); n++ {
		page, err := versions.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.Versions {
			arns = append(arns, strings.TrimPrefix(*v.FunctionArn, prefix+"function:"))
			if v.State != "" || v.RuntimeVersionConfig != nil {
				t.Errorf("listed with its state: %+v", v)
			}
		}
	}
	if got := strings.Join(arns, " "); got != "f1:$LATEST f1:1 f1:2 f1:3" || n != 2 {
		t.Errorf("on %d pages: %s", n, got)
	}
	for all, want := range map[types.FunctionVersion]string{
		"":                       "SecretsManagerBuiltinA SecretsManagerBuiltinB f0 f1 f2",
		types.FunctionVersionAll: "SecretsManagerBuiltinA SecretsManagerBuiltinB f0:$LATEST f1:$LATEST f1:1 f1:2 f1:3 f2:$LATEST",
	} {
		for size := range int32(5) {
			var arns []string
			pages := sdk.NewListFunctionsPaginator(b, &sdk.ListFunctionsInput{FunctionVersion: all, MaxItems: aws.Int32(size + 1)})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range page.Functions {
					arns = append(arns, strings.TrimPrefix(*f.FunctionArn, prefix+"function:"))
				}
			}
			if got := strings.Join(arns, " "); got != want {
				t.Errorf("by %d: %s\nwant %s", size+1, got, want)
			}
		}
	}
}

// TestManyFunctions has more of them than one look into the store finds.
func TestManyFunctions(t *testing.T) {
	b := newBench(t)
	const all = 120
	for i := range all {
		b.create(t, fmt.Sprintf("a%03d", i))
	}
	seen, pages := map[string]bool{}, sdk.NewListFunctionsPaginator(b, &sdk.ListFunctionsInput{MaxItems: aws.Int32(10000)})
	n := 0
	for ; pages.HasMorePages(); n++ {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range page.Functions {
			seen[*f.FunctionName] = true
		}
	}
	if len(seen) != all+2 || n != 3 {
		t.Errorf("%d functions on %d pages", len(seen), n)
	}
}

func TestDeleteFunction(t *testing.T) {
	b := newBench(t)
	b.create(t, "f", func(in *sdk.CreateFunctionInput) { in.Publish = true })
	b.update(t, "f", "other", func(in *sdk.UpdateFunctionCodeInput) { in.Publish = true })
	b.alias(t, "f", function.Alias{Name: "live", Version: 1, Revision: "r"})
	const at = "DELETE " + functions + "/f"
	b.refuses(t, at+"?Qualifier=1", "", 409, "ResourceConflictException", user("message", "Unable to delete version because the following aliases reference it: [live]"))
	for _, qualifier := range []string{"?Qualifier=2", "?Qualifier=2", "?Qualifier=77"} {
		if r := b.send(t, at+qualifier, ""); r.status != http.StatusNoContent || r.body != "" || r.header.Get("Content-Type") != "" {
			t.Errorf("%s: %d %q", qualifier, r.status, r.body)
		}
	}
	b.refuses(t, "GET "+functions+"/f:2", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+prefix+"function:f:2"))
	if r := b.send(t, at, ""); r.status != http.StatusNoContent {
		t.Errorf("%d %s", r.status, r.body)
	}
	b.refuses(t, "GET "+functions+"/f:live", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+prefix+"function:f:live"))
	b.create(t, "f")
}

// TestTagsAndConcurrency and what an account has (lambda.md, 2.10).
func TestTagsAndConcurrency(t *testing.T) {
	b := newBench(t)
	made := b.create(t, "f")
	was := b.configuration(t, "f")
	tag := func(tags map[string]string) error {
		_, err := b.TagResource(t.Context(), &sdk.TagResourceInput{Resource: made.FunctionArn, Tags: tags})
		return err
	}
	if err := tag(map[string]string{"a": "1", "b": "2"}); err != nil {
		t.Fatal(err)
	}
	if *b.configuration(t, "f").RevisionId == *was.RevisionId {
		t.Error("tags did not change the revision")
	}
	if _, err := b.UntagResource(t.Context(), &sdk.UntagResourceInput{Resource: made.FunctionArn, TagKeys: []string{"a", "none"}}); err != nil {
		t.Fatal(err)
	}
	many := map[string]string{}
	for i := range 50 {
		many[fmt.Sprint(i)] = ""
	}
	if err := tag(many); err == nil || !strings.Contains(err.Error(), "Number of tags exceeds resource tag limit.") {
		t.Errorf("51 tags: %v", err)
	}
	if r := b.send(t, "GET /2017-03-31/tags/"+strings.ReplaceAll(*made.FunctionArn, ":", "%3A"), ""); r.body != `{"Tags":{"b":"2"}}` {
		t.Errorf("tags: %s", r.body)
	}

	const put, get = "PUT /2017-10-31/functions/f/concurrency", "GET /2019-09-30/functions/f/concurrency"
	if r := b.send(t, get, ""); r.body != `{}` || r.status != 200 {
		t.Errorf("unset: %d %s", r.status, r.body)
	}
	for _, at := range []string{put, get} {
		if r := b.send(t, at, `{"ReservedConcurrentExecutions":900}`); r.body != `{"ReservedConcurrentExecutions":900}` || r.status != 200 {
			t.Errorf("%s: %d %s", at, r.status, r.body)
		}
	}
	settings := b.send(t, "GET /2016-08-19/account-settings/", "")
	if want := fmt.Sprintf(`{"AccountLimit":{"TotalCodeSize":80530636800,"CodeSizeUnzipped":262144000,"CodeSizeZipped":52428800,"ConcurrentExecutions":1000,`+
		`"UnreservedConcurrentExecutions":100},"AccountUsage":{"TotalCodeSize":%d,"FunctionCount":1}}`, made.CodeSize); settings.body != want {
		t.Errorf("settings: %s\nwant %s", settings.body, want)
	}
	got, err := b.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("f")})
	if err != nil || *got.Concurrency.ReservedConcurrentExecutions != 900 {
		t.Errorf("%+v, %v", got.Concurrency, err)
	}
	if r := b.send(t, "DELETE /2017-10-31/functions/f/concurrency", ""); r.status != 204 || r.body != "" {
		t.Errorf("deleted: %d %s", r.status, r.body)
	}
	if r := b.send(t, get, ""); r.body != `{}` {
		t.Errorf("deleted, but: %s", r.body)
	}
}

// TestBuiltin shows the functions that nobody can change.
func TestBuiltin(t *testing.T) {
	b := newBench(t)
	got, err := b.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("SecretsManagerBuiltinA")})
	if err != nil || got.Configuration.State != types.StateActive || got.Code == nil || *got.Configuration.FunctionArn != prefix+"function:SecretsManagerBuiltinA" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := b.Client.UpdateFunctionConfiguration(t.Context(), &sdk.UpdateFunctionConfigurationInput{FunctionName: aws.String("SecretsManagerBuiltinA")}); err == nil {
		t.Error("it was changed")
	}
	if _, err := b.Client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("SecretsManagerBuiltinA")}); err == nil {
		t.Error("it was invoked")
	}
}

// TestStorage refuses code that there is no room for.
func TestStorage(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		f, err := tx.Function(function.Ref{Region: region, Account: account, Name: "f"})
		if err != nil {
			return err
		}
		v, err := tx.FunctionVersion(f, 0)
		if err != nil {
			return err
		}
		v.Code.Size = 75<<30 - 1 // as 1,500 functions would have together
		if err := tx.PutCode(&v.Code, secret.Sealed{KeyID: "k", DataKey: []byte{}, Ciphertext: []byte{}}); err != nil {
			return err
		}
		return tx.PutFunctionVersion(f, v)
	})
	if err != nil {
		t.Fatal(err)
	}
	b.refuses(t, "POST "+functions, creation(t, "g", ""), 400, "CodeStorageExceededException", user("message", "Code storage limit exceeded."))
}

// TestLargeUpload sends far more than other requests may have, and then too much.
func TestLargeUpload(t *testing.T) {
	b := newBench(t)
	random := make([]byte, 8<<20)
	rand.NewChaCha8([32]byte{}).Read(random)
	archive := zipped(t, "data", string(random))
	out := b.create(t, "f", func(in *sdk.CreateFunctionInput) { in.Code.ZipFile = archive })
	if out.CodeSize != int64(len(archive)) {
		t.Errorf("%d bytes of %d", out.CodeSize, len(archive))
	}
	if _, err := b.Client.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("f")}); err != nil {
		t.Fatal(err)
	}
	if code, err := b.runner.last().Code(t.Context()); err != nil || !bytes.Equal(code, archive) {
		t.Errorf("%d bytes of %d, %v", len(code), len(archive), err)
	}
	more := base64.StdEncoding.EncodeToString(make([]byte, 50<<20+1))
	b.refuses(t, "PUT "+functions+"/f/code", `{"ZipFile":"`+more+`"}`, 413, "RequestEntityTooLargeException", `{"message":"Zipped size must be smaller than 52428800 bytes"}`)
	b.refuses(t, "POST "+functions, strings.Repeat("x", 70167212), 413, "RequestEntityTooLargeException", `{"message":"Request must be smaller than 70167211 bytes for the CreateFunction operation"}`)
}
