package lambda_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// createTwo makes a function with the versions 1 and 2.
func (b *bench) createTwo(t *testing.T, name string) {
	t.Helper()
	b.create(t, name, func(in *sdk.CreateFunctionInput) { in.Publish = true })
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		f, err := tx.Function(function.Ref{Region: region, Account: account, Name: name})
		if err != nil {
			return err
		}
		v, err := tx.FunctionVersion(f, 1)
		if err != nil {
			return err
		}
		v.Number, f.LastVersion = 2, 2
		if err := tx.PutFunction(f); err != nil {
			return err
		}
		return tx.PutFunctionVersion(f, v)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAliases holds the answers to the byte (lambda.md, 2.6).
func TestAliases(t *testing.T) {
	b := newBench(t)
	b.createTwo(t, "f")
	const at = "/2015-03-31/functions/f/aliases"
	shown := func(version, description, routing string) string {
		return fmt.Sprintf(`{"AliasArn":"%sfunction:f:live","Name":"live","FunctionVersion":"%s","Description":"%s",%s"RevisionId":"UUID"}`,
			prefix, version, description, routing)
	}
	const tenth = `"RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}},`
	latest := b.configurationRevision(t)
	for _, c := range []struct {
		at, body string
		status   int
		want     string
	}{
		{"POST " + at, `{"Name":"live","FunctionVersion":"1","RoutingConfig":{}}`, 201, shown("1", "", "")},
		{"GET " + at + "/live", "", 200, shown("1", "", "")},
		{"PUT " + at + "/live", `{"Description":"d","RoutingConfig":{"AdditionalVersionWeights":{"2":0.1}}}`, 200, shown("1", "d", tenth)},
		{"PUT " + at + "/live", `{}`, 200, shown("1", "d", tenth)},
		{"PUT " + at + "/live", `{"RoutingConfig":{},"Description":""}`, 200, shown("1", "", "")},
		{"PUT " + at + "/live", `{"FunctionVersion":"$LATEST"}`, 200, shown("$LATEST", "", "")},
		{"GET /2015-03-31/functions/f:live/aliases/live", "", 200, shown("$LATEST", "", "")},
		{"GET " + at, "", 200, `{"Aliases":[` + shown("$LATEST", "", "") + `]}`},
		{"DELETE " + at + "/live", "", 204, ""},
		{"DELETE " + at + "/live", "", 204, ""},
		{"GET " + at, "", 200, `{"Aliases":[]}`},
	} {
		if got := b.send(t, c.at, c.body); got.status != c.status || plain(got.body) != c.want {
			t.Errorf("%s %s: %d %s\nwant %d %s", c.at, c.body, got.status, got.body, c.status, c.want)
		}
	}
	if now := b.configurationRevision(t); now != latest {
		t.Errorf("aliases changed the function's revision from %s to %s", latest, now)
	}
}

func (b *bench) configurationRevision(t *testing.T) string {
	t.Helper()
	out, err := b.GetFunctionConfiguration(t.Context(), &sdk.GetFunctionConfigurationInput{FunctionName: aws.String("f")})
	if err != nil {
		t.Fatal(err)
	}
	return *out.RevisionId
}

// TestAliasErrors has the recorded texts.
func TestAliasErrors(t *testing.T) {
	b := newBench(t)
	b.createTwo(t, "f")
	const (
		at       = "/2015-03-31/functions/f/aliases"
		notFound = "ResourceNotFoundException"
		wrong    = "InvalidParameterValueException"
	)
	if r := b.send(t, "POST "+at, `{"Name":"a","FunctionVersion":"1"}`); r.status != 201 {
		t.Fatal(r)
	}
	routed := func(version, weights string) string {
		return `{"Name":"b","FunctionVersion":"` + version + `","RoutingConfig":{"AdditionalVersionWeights":{` + weights + `}}}`
	}
	for _, c := range []struct {
		at, body string
		status   int
		code     string
		want     string
	}{
		{"POST " + at, `{"Name":"a","FunctionVersion":"1"}`, 409, "ResourceConflictException", `{"Type":"User","message":"Alias already exists: ` + prefix + `function:f:a"}`},
		{"POST " + at, `{"Name":"b","FunctionVersion":"10"}`, 404, notFound, `{"Type":"User","Message":"Function not found: ` + prefix + `function:f:10"}`},
		{"POST " + at, `{"Name":"b","FunctionVersion":"0"}`, 404, notFound, `{"Type":"User","Message":"Function not found: ` + prefix + `function:f:0"}`},
		{"POST " + at, routed("1", `"10":0.5`), 404, notFound, `{"Type":"User","Message":"Function not found: ` + prefix + `function:f:10"}`},
		{"POST " + at, routed("1", `"1":0.5,"2":0.1`), 400, wrong, `{"Type":"User","message":"Number of items in AdditionalVersionWeights cannot be greater than 1"}`},
		{"POST " + at, routed("1", `"1":0.5`), 400, wrong, `{"Type":"User","message":"Invalid function version 1. Function version 1 is already included in routing configuration."}`},
		{"POST " + at, routed("$LATEST", `"1":0.5`), 400, wrong, `{"message":"$LATEST is not supported for an alias pointing to more than 1 version"}`},
		{"POST " + at, routed("1", `"2":2`), 400, "ValidationException", `{"message":"1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' ` +
			`failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]"}`},
		{"POST " + at, `{"Name":"1","FunctionVersion":"1"}`, 400, "ValidationException",
			`{"message":"1 validation error detected: Value '1' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"}`},
		{"POST /2015-03-31/functions/x/aliases", `{"Name":"a","FunctionVersion":"1"}`, 404, notFound, `{"Type":"User","Message":"Function not found: ` + prefix + `function:x:1"}`},
		{"GET " + at + "/b", "", 404, notFound, `{"Type":"User","Message":"Cannot find alias arn: ` + prefix + `function:f:b"}`},
		{"PUT " + at + "/b", "{}", 404, notFound, `{"Type":"User","Message":"Alias not found: ` + prefix + `function:f:b"}`},
		{"PUT " + at + "/a", `{"FunctionVersion":"10"}`, 404, notFound, `{"Type":"User","Message":"Function not found: ` + prefix + `function:f:10"}`},
		{"PUT " + at + "/a", `{"RevisionId":"r"}`, 412, "PreconditionFailedException", `{"Type":"User","message":"The Revision Id provided does not match the latest Revision Id. ` +
			`Call the GetFunction/GetAlias API to retrieve the latest Revision Id"}`},
		{"GET " + at + "?Marker=x", "", 400, wrong, `{"Type":"User","message":"Invalid marker."}`},
	} {
		b.refuses(t, c.at, c.body, c.status, c.code, c.want)
	}
}

// TestListAliases has them by name, page by page, or only a version's.
func TestListAliases(t *testing.T) {
	b := newBench(t)
	b.createTwo(t, "f")
	for _, a := range []struct{ name, version string }{{"c", "1"}, {"B", "2"}, {"a", "1"}, {"d", "$LATEST"}} {
		in := &sdk.CreateAliasInput{FunctionName: aws.String("f"), Name: &a.name, FunctionVersion: &a.version}
		if _, err := b.CreateAlias(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	for version, want := range map[string]string{"": "B a|c d", "1": "a c", "2": "B", "$LATEST": "d", "7": "", "0": ""} {
		in := &sdk.ListAliasesInput{FunctionName: aws.String("f"), MaxItems: aws.Int32(2)}
		if version != "" {
			in.FunctionVersion = &version
		}
		var pages []string
		for p := sdk.NewListAliasesPaginator(b, in); p.HasMorePages(); {
			out, err := p.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, a := range out.Aliases {
				names = append(names, *a.Name)
			}
			pages = append(pages, strings.Join(names, " "))
		}
		if got := strings.Join(pages, "|"); got != want {
			t.Errorf("version %q: %s, want %s", version, got, want)
		}
	}
}

// TestAliasLeads to its version, under its own ARN.
func TestAliasLeads(t *testing.T) {
	b := newBench(t)
	b.createTwo(t, "f")
	in := &sdk.CreateAliasInput{FunctionName: aws.String("f"), Name: aws.String("live"), FunctionVersion: aws.String("2")}
	if _, err := b.CreateAlias(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	out, err := b.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("f:live")})
	if err != nil || *out.Configuration.Version != "2" || *out.Configuration.FunctionArn != prefix+"function:f:live" {
		t.Errorf("%+v, %v", out, err)
	}
	_, err = b.DeleteFunction(t.Context(), &sdk.DeleteFunctionInput{FunctionName: aws.String("f"), Qualifier: aws.String("2")})
	failsAs[*types.ResourceConflictException](t, err, "Unable to delete version because the following aliases reference it: [live]")
}

// TestVersionZero is none, and not $LATEST, which the store keeps under that
// number.
func TestVersionZero(t *testing.T) {
	b := newBench(t)
	b.createTwo(t, "f")
	missing := `{"Type":"User","Message":"Function not found: ` + prefix + `function:f:0"}`
	b.refuses(t, "GET /2015-03-31/functions/f?Qualifier=0", "", 404, "ResourceNotFoundException", missing)
	b.refuses(t, "POST /2015-03-31/functions/f/policy?Qualifier=0", `{"StatementId":"s","Action":"*","Principal":"*"}`, 404, "ResourceNotFoundException", missing)
	if r := b.send(t, "DELETE /2015-03-31/functions/f?Qualifier=0", ""); r.status != 204 {
		t.Errorf("deleted: %+v", r)
	}
	if _, err := b.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("f")}); err != nil {
		t.Errorf("$LATEST went with version 0: %v", err)
	}
}
