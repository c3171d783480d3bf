package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
)

// names lists secrets by an SDK's input.
func (b *bench) names(t *testing.T, in *sdk.ListSecretsInput) string {
	t.Helper()
	pages := sdk.NewListSecretsPaginator(b, in)
	var out []string
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range page.SecretList {
			out = append(out, *s.Name)
		}
	}
	return strings.Join(out, " ")
}

func TestListSecrets(t *testing.T) {
	b := newBench(t)
	b.create(t, "b", "x") // created b, c, a; changed c, a, b; accessed a, c, b
	b.create(t, "c", "x")
	b.create(t, "a", "x")
	b.does(t, "UpdateSecret", `{"SecretId":"b","ClientRequestToken":"$x","Description":"main"}`)
	for _, name := range []string{"c", "b"} {
		b.Advance(24 * time.Hour)
		b.value(t, name, "", "")
		until(t, func() bool { return b.describe(t, name).LastAccessedDate != nil })
	}
	for _, test := range []struct {
		by    types.SortByType
		order types.SortOrderType
		want  string
	}{
		{"", "", "b c a"}, {"", "desc", "a c b"},
		{"created-date", "asc", "b c a"}, {"created-date", "desc", "a c b"},
		{"last-changed-date", "asc", "c a b"}, {"last-changed-date", "desc", "b a c"},
		{"last-accessed-date", "asc", "a c b"}, {"last-accessed-date", "desc", "b c a"},
		{"name", "", "a b c"}, {"name", "desc", "c b a"},
	} {
		for _, size := range []int32{1, 2, 3, 100} {
			in := &sdk.ListSecretsInput{SortBy: test.by, SortOrder: test.order, MaxResults: &size}
			if got := b.names(t, in); got != test.want {
				t.Errorf("by %q %q, pages of %d: %s, want %s", test.by, test.order, size, got, test.want)
			}
		}
	}
}

func TestListSecretsEntries(t *testing.T) {
	b, yes := newBench(t), true
	if r := b.post(t, "ListSecrets", ``); r.raw != `{"SecretList":[]}` {
		t.Errorf("an empty account: %s", r.raw)
	}
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two")
	b.does(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1"}`)
	b.create(t, "gone", "x")
	b.does(t, "DeleteSecret", `{"SecretId":"gone"}`)
	if got := b.names(t, &sdk.ListSecretsInput{}); got != "db bare" {
		t.Error(got)
	}
	if got := b.names(t, &sdk.ListSecretsInput{IncludePlannedDeletion: &yes}); got != "db bare gone" {
		t.Error(got)
	}
	list := b.does(t, "ListSecrets", `{"IncludePlannedDeletion":true}`)["SecretList"].([]any)
	for i, want := range []string{
		"ARN CreatedDate LastChangedDate Name SecretVersionsToStages",
		"ARN CreatedDate LastChangedDate Name",
		"ARN CreatedDate DeletedDate LastChangedDate Name SecretVersionsToStages",
	} {
		if got := members(list[i].(map[string]any)); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
	if got := fmt.Sprint(list[0].(map[string]any)["SecretVersionsToStages"]); got != b.expand("map[$v1:[AWSPREVIOUS] $v2:[AWSCURRENT]]") {
		t.Error(got)
	}
}

func TestListSecretsFilters(t *testing.T) {
	b := newBench(t)
	for _, body := range []string{
		`{"Name":"prod/db","Description":"the main one","Tags":[{"Key":"team","Value":"blue"}]}`,
		`{"Name":"prod/web","Description":"a second one","Tags":[{"Key":"team","Value":"red"},{"Key":"Main","Value":"x"}]}`,
		`{"Name":"dev/db"}`,
	} {
		b.does(t, "CreateSecret", strings.Replace(body, "{", `{"ClientRequestToken":"$v1",`, 1))
		b.Advance(time.Second)
	}
	f := func(key string, values ...string) types.Filter {
		return types.Filter{Key: types.FilterNameStringType(key), Values: values}
	}
	for want, filters := range map[string][]types.Filter{
		"prod/db prod/web dev/db": nil,
		"prod/db prod/web":        {f("name", "prod/")},
		"dev/db":                  {f("name", "!prod")},
		"prod/db":                 {f("name", "prod", "nothing"), f("tag-value", "blue")},
		"prod/web":                {f("description", "SEC", "nothing")},
		"prod/db dev/db":          {f("description", "!second")},
		"prod/web dev/db":         {f("tag-value", "!blue")},
		"":                        {f("owning-service", "rds")},
	} {
		if got := b.names(t, &sdk.ListSecretsInput{Filters: filters}); got != want {
			t.Errorf("%v: %s, want %s", filters, got, want)
		}
	}
	if got := b.names(t, &sdk.ListSecretsInput{Filters: []types.Filter{f("all", "main")}}); got != "prod/db prod/web" {
		t.Errorf("all: %s", got)
	}
}

func TestListSecretsRefuses(t *testing.T) {
	const enum = "[description, name, tag-key, tag-value, primary-region, owning-service, all]"
	eleven := `"a","b","c","d","e","f","g","h","i","j","k"`
	b := newBench(t)
	for name, test := range map[string]struct{ body, code, text string }{
		"no key":          {`{"Filters":[{"Values":["x"]}]}`, "InvalidParameterException", "Invalid filter key"},
		"no values":       {`{"Filters":[{"Key":"name"}]}`, "InvalidParameterException", "Invalid filter values for key: name"},
		"no value":        {`{"Filters":[{"Key":"name","Values":[]}]}`, "ValidationException", "1 validation error detected: Value '[]' at 'filters.1.member.values' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		"unknown key":     {`{"Filters":[{"Key":"invalid","Values":["x"]}]}`, "ValidationException", "1 validation error detected: Value 'invalid' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: " + enum},
		"a second one":    {`{"Filters":[{"Key":"name","Values":["x"]},{"Key":"invalid","Values":["x"]}]}`, "ValidationException", "1 validation error detected: Value 'invalid' at 'filters.2.member.key' failed to satisfy constraint: Member must satisfy enum value set: " + enum},
		"eleven values":   {`{"Filters":[{"Key":"name","Values":[` + eleven + `]}]}`, "ValidationException", "1 validation error detected: Value '[a, b, c, d, e, f, g, h, i, j, k]' at 'filters.1.member.values' failed to satisfy constraint: Member must have length less than or equal to 10"},
		"page of none":    {`{"MaxResults":0}`, "ValidationException", "1 validation error detected: Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		"too long":        {`{"MaxResults":101}`, "ValidationException", "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100"},
		"no such order":   {`{"SortOrder":"up","SortBy":"size"}`, "ValidationException", "2 validation errors detected: Value 'up' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [asc, desc]; Value 'size' at 'sortBy' failed to satisfy constraint: Member must satisfy enum value set: [created-date, last-accessed-date, last-changed-date, name]"},
		"a made up token": {`{"NextToken":"AAAA"}`, "InvalidNextTokenException", "The NextToken value is invalid."},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "ListSecrets", test.body, test.code, test.text) })
	}
}
