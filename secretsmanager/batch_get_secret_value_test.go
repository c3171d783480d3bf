package secretsmanager_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/iam"
)

// batch reads all pages and writes values as name=value, errors as id:code.
func (b *bench) batch(t *testing.T, in *sdk.BatchGetSecretValueInput) string {
	t.Helper()
	var out []string
	pages := sdk.NewBatchGetSecretValuePaginator(b, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range page.SecretValues {
			out = append(out, *v.Name+"="+aws.ToString(v.SecretString)+string(v.SecretBinary))
		}
		for _, e := range page.Errors {
			out = append(out, *e.SecretId+":"+*e.ErrorCode+": "+*e.Message)
		}
	}
	return strings.Join(out, "\n")
}

// batchBench has one secret of each sort.
func batchBench(t *testing.T) *bench {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two")
	b.does(t, "CreateSecret", `{"Name":"binary","ClientRequestToken":"$v1","SecretBinary":"AAH/"}`)
	b.does(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1"}`)
	b.create(t, "gone", "x")
	b.does(t, "DeleteSecret", `{"SecretId":"gone"}`)
	return b
}

// TestBatchOfNames: what cannot be read is told of beside what can.
func TestBatchOfNames(t *testing.T) {
	b := batchBench(t)
	const home = "arn:aws:secretsmanager:eu-west-1:"
	abroad := home + "111111111111:secret:db-a1B2c3"
	partial := home + account + ":secret:db"
	in := &sdk.BatchGetSecretValueInput{SecretIdList: []string{
		"db", "none", b.named["db"], "bare", partial, "gone", "bad name", abroad, "binary",
	}}
	want := []string{
		"db=two", "db=two", "db=two", "binary=\x00\x01\xff",
		"none:ResourceNotFoundException: " + notFound,
		"bare:ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
		"gone:InvalidRequestException: " + deleted,
		"bad name:ValidationException: " + badName,
		abroad + ":ResourceNotFoundException: " + notFound,
	}
	if got := b.batch(t, in); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	out := b.does(t, "BatchGetSecretValue", `{"SecretIdList":["db","none"]}`)
	if got := members(out); got != "Errors SecretValues" {
		t.Error(got)
	}
	value := out["SecretValues"].([]any)[0].(map[string]any)
	if got := members(value); got != "ARN CreatedDate Name SecretString VersionId VersionStages" || value["VersionId"] != token("v2") ||
		fmt.Sprint(value["VersionStages"]) != "[AWSCURRENT]" || value["ARN"] != b.named["db"] {
		t.Errorf("%s: %v", got, value)
	}
	until(t, func() bool {
		return b.describe(t, "db").LastAccessedDate != nil && b.describe(t, "binary").LastAccessedDate != nil
	})
	if d := b.describe(t, "gone"); d.LastAccessedDate != nil {
		t.Errorf("gone was read: %v", d.LastAccessedDate)
	}
}

func TestBatchByFilters(t *testing.T) {
	b := batchBench(t)
	var want []string
	for i := range 45 {
		name := fmt.Sprintf("many/%02d", i)
		b.create(t, name, fmt.Sprint(i))
		want = append(want, name+"="+fmt.Sprint(i))
	}
	many := []types.Filter{{Key: "name", Values: []string{"many/"}}}
	for _, size := range []int32{0, 1, 7, 20} {
		in := &sdk.BatchGetSecretValueInput{Filters: many}
		if size > 0 {
			in.MaxResults = &size
		}
		if got := b.batch(t, in); got != strings.Join(want, "\n") {
			t.Errorf("by %d: %s", size, got)
		}
	}
	page := b.does(t, "BatchGetSecretValue", `{"Filters":[{"Key":"name","Values":["many/"]}]}`)
	if n := len(page["SecretValues"].([]any)); n != 20 || members(page) != "Errors NextToken SecretValues" {
		t.Errorf("%d values, %s", n, members(page))
	}
	in := &sdk.BatchGetSecretValueInput{Filters: []types.Filter{{Key: "name", Values: []string{"!many/"}}}}
	got := strings.Split(b.batch(t, in), "\n")
	if len(got) != 3 || !slices.ContainsFunc(got, func(s string) bool {
		return strings.HasPrefix(s, "arn:") && strings.Contains(s, ":secret:bare-") && strings.Contains(s, ":ResourceNotFoundException")
	}) {
		t.Errorf("got %q", got) // without gone, which is not listed
	}
}

func TestBatchRefuses(t *testing.T) {
	b := batchBench(t)
	b.create(t, "db2", "x")
	const either = "Either 'SecretIdList' or 'Filters' must be provided, but not both."
	const invalid = "The NextToken value is invalid."
	b.named["next"] = b.does(t, "BatchGetSecretValue", `{"Filters":[{"Key":"name","Values":["db"]}],"MaxResults":1}`)["NextToken"].(string)
	b.named["listing"] = b.does(t, "ListSecrets", `{"Filters":[{"Key":"name","Values":["db"]}],"MaxResults":1}`)["NextToken"].(string)
	for name, test := range map[string]struct{ body, code, text string }{
		"neither":          {`{}`, "InvalidParameterException", either},
		"no filters":       {`{"Filters":[]}`, "InvalidParameterException", either},
		"only a size":      {`{"MaxResults":5}`, "InvalidParameterException", either},
		"both":             {`{"SecretIdList":["db"],"Filters":[{"Key":"name","Values":["x"]}]}`, "InvalidParameterException", either},
		"a list by pages":  {`{"SecretIdList":["db"],"MaxResults":5}`, "InvalidParameterException", "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."},
		"a list on":        {`{"SecretIdList":["db"],"NextToken":"$next"}`, "InvalidNextTokenException", invalid},
		"made up":          {`{"Filters":[{"Key":"name","Values":["db"]}],"NextToken":"AAAA"}`, "InvalidNextTokenException", invalid},
		"cut":              {`{"Filters":[{"Key":"name","Values":["db"]}],"NextToken":"` + b.named["next"][:20] + `"}`, "InvalidNextTokenException", invalid},
		"of another query": {`{"Filters":[{"Key":"name","Values":["d"]}],"NextToken":"$next"}`, "InvalidNextTokenException", invalid},
		"of a listing":     {`{"Filters":[{"Key":"name","Values":["db"]}],"NextToken":"$listing"}`, "InvalidNextTokenException", invalid},
		"no key":           {`{"Filters":[{"Values":["x"]}]}`, "InvalidParameterException", "Invalid filter key"},
		"no values":        {`{"Filters":[{"Key":"name"}]}`, "InvalidParameterException", "Invalid filter values for key: name"},
		"too many":         {`{"Filters":[{"Key":"name","Values":["x"]}],"MaxResults":21}`, "ValidationException", "1 validation error detected: Value '21' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 20"},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "BatchGetSecretValue", test.body, test.code, test.text) })
	}
	many := `"` + strings.Repeat(`x","`, 20) + `x"`
	if r := b.post(t, "BatchGetSecretValue", `{"SecretIdList":[`+many+`]}`); r.status != 400 || r.body["__type"] != "ValidationException" {
		t.Errorf("21 names: %s", r.raw)
	}
}

// TestBatchWants three permissions: to batch, to read each secret, and to list.
func TestBatchWants(t *testing.T) {
	b := batchBench(t)
	b.create(t, "other", "x")
	const sm = "secretsmanager:"
	silent := func(action, on string) string {
		return "User: " + role + " is not authorized to perform: " + sm + action + on + " because no identity-based policy allows the " + sm + action + " action"
	}
	byName, byFilter := `{"SecretIdList":["db","other","none"]}`, `{"Filters":[{"Key":"name","Values":["db"]}]}`
	readDB, batch := allow(sm+"GetSecretValue", "arn:aws:secretsmanager:*:*:secret:db-??????"), allow(sm+"BatchGetSecretValue", "*")
	for name, test := range map[string]struct {
		may        []string
		body, text string
	}{
		"not to batch":        {[]string{readDB, allow(sm+"ListSecrets", "*")}, byName, silent("BatchGetSecretValue", "")},
		"to batch one secret": {[]string{readDB, allow(sm+"BatchGetSecretValue", "arn:aws:secretsmanager:*:*:secret:db-*")}, byName, silent("BatchGetSecretValue", "")},
		"not to list":         {[]string{readDB, batch}, byFilter, silent("ListSecrets", "")},
	} {
		t.Run(name, func(t *testing.T) {
			b.As(roleWith(test.may...))
			b.refuses(t, "BatchGetSecretValue", test.body, "AccessDeniedException", test.text)
		})
	}
	b.As(roleWith(readDB, batch))
	want := "db=two\nother:AccessDeniedException: " + silent("GetSecretValue", " on resource: other") +
		"\nnone:AccessDeniedException: " + silent("GetSecretValue", " on resource: none")
	if got := b.batch(t, &sdk.BatchGetSecretValueInput{SecretIdList: []string{"db", "other", "none"}}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	b.As(roleWith(readDB, batch, allow(sm+"ListSecrets", "*")))
	b.does(t, "BatchGetSecretValue", byFilter)
}

// TestBatchIsAudited: an event for each secret, with who asked and why not,
// beside the batch's own, and no value in any (secrets-manager.md, 7.1).
func TestBatchIsAudited(t *testing.T) {
	b := batchBench(t)
	b.events(t)
	r := b.post(t, "BatchGetSecretValue", `{"SecretIdList":["db","none"]}`)
	events := b.events(t)
	if len(events) != 3 {
		t.Fatalf("%d events", len(events))
	}
	for i, want := range []struct{ name, asked, code string }{
		{"GetSecretValue", `{"secretId":"db"}`, ""},
		{"GetSecretValue", `{"secretId":"none"}`, "ResourceNotFoundException"},
		{"BatchGetSecretValue", `{"secretIdList":["db","none"]}`, ""},
	} {
		e := events[i]
		if e.EventName != want.name || string(e.RequestParameters) != want.asked || e.ErrorCode != want.code || !e.ReadOnly ||
			e.RequestID != r.header.Get("x-amzn-RequestId") || e.UserIdentity.ARN != b.Caller().ARN || string(e.ResponseElements) != "null" {
			t.Errorf("%d: %s", i, e.Raw)
		}
	}
	if len(events[0].Resources) != 1 || events[0].Resources[0].ARN != b.named["db"] || events[0].EventID == events[1].EventID {
		t.Errorf("%s", events[0].Raw)
	}
	defer breaks["no directory"](t, filepath.Join(b.Dir, "audit"))()
	b.Advance(day)
	b.fails(t, "BatchGetSecretValue", `{"SecretIdList":["db"]}`)
}

// TestBatchOfOtherAccounts: names mean the caller's own account.
func TestBatchOfOtherAccounts(t *testing.T) {
	b := batchBench(t)
	b.As(iam.NewRoot("111111111111", region, "AKIAOTHER"))
	want := "db:ResourceNotFoundException: " + notFound + "\n" + b.named["db"] + ":ResourceNotFoundException: " + notFound
	if got := b.batch(t, &sdk.BatchGetSecretValueInput{SecretIdList: []string{"db", b.named["db"]}}); got != want {
		t.Errorf("got %s", got)
	}
	if got := b.batch(t, &sdk.BatchGetSecretValueInput{Filters: []types.Filter{{Key: "name", Values: []string{"d"}}}}); got != "" {
		t.Errorf("found %s", got)
	}
}
