package secretsmanager_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestListSecretVersionIds(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v3", "three") // order is by age, not by name
	b.put(t, "db", "v2", "two")
	b.put(t, "db", "v4", "four", "AWSPENDING")
	for deprecated, want := range map[bool]string{
		false: "v3[AWSPREVIOUS] v2[AWSCURRENT] v4[AWSPENDING]",
		true:  "v1[] v3[AWSPREVIOUS] v2[AWSCURRENT] v4[AWSPENDING]",
	} {
		if got := b.listed(t, "db", deprecated); got != want {
			t.Errorf("deprecated %v: %s", deprecated, got)
		}
	}
	out := b.does(t, "ListSecretVersionIds", `{"SecretId":"db","IncludeDeprecated":true}`)
	if got := members(out); got != "ARN Name Versions" || out["ARN"] != b.named["db"] || out["Name"] != "db" {
		t.Errorf("%s: %v", got, out)
	}
	for i, want := range []string{"CreatedDate KmsKeyIds VersionId", "CreatedDate KmsKeyIds VersionId VersionStages"} {
		v := out["Versions"].([]any)[i].(map[string]any)
		if got := members(v); got != want || fmt.Sprint(v["KmsKeyIds"]) != "[DefaultEncryptionKey]" {
			t.Errorf("%s: %v", got, v)
		}
	}
}

func TestListVersionsOfNone(t *testing.T) {
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1"}`)
	r := b.post(t, "ListSecretVersionIds", `{"SecretId":"db"}`)
	if !strings.Contains(r.raw, `"Versions":[]`) {
		t.Error(r.raw)
	}
	b.refuses(t, "ListSecretVersionIds", `{"SecretId":"none"}`, "ResourceNotFoundException", notFound)
}

func TestPageVersions(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "x")
	b.create(t, "other", "x")
	for i := 2; i <= 7; i++ {
		b.put(t, "db", fmt.Sprint("v", i), "x")
	}
	yes := true
	for size, sizes := range map[int32]string{1: "1 1 1 1 1 1 1", 3: "3 3 1", 7: "7", 100: "7"} {
		pages := sdk.NewListSecretVersionIdsPaginator(b, &sdk.ListSecretVersionIdsInput{SecretId: aws.String("db"), MaxResults: &size, IncludeDeprecated: &yes})
		var got, lengths []string
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			lengths = append(lengths, fmt.Sprint(len(page.Versions)))
			for _, v := range page.Versions {
				got = append(got, strings.TrimRight(*v.VersionId, "-"))
			}
		}
		if strings.Join(got, " ") != "v1 v2 v3 v4 v5 v6 v7" || strings.Join(lengths, " ") != sizes {
			t.Errorf("by %d: %v in pages of %v", size, got, lengths)
		}
	}
}

// TestVersionPageTokens: a token is good for its own query.
func TestVersionPageTokens(t *testing.T) {
	const invalid = "The NextToken value is invalid."
	b := newBench(t)
	b.create(t, "db", "x")
	b.create(t, "other", "x")
	b.put(t, "db", "v2", "x")
	b.put(t, "other", "v2", "x")
	first := b.does(t, "ListSecretVersionIds", `{"SecretId":"db","MaxResults":1}`)
	b.named["next"] = first["NextToken"].(string)
	rest := b.does(t, "ListSecretVersionIds", `{"SecretId":"$db","NextToken":"$next"}`)
	if n := len(rest["Versions"].([]any)); n != 1 {
		t.Errorf("%v", rest)
	}
	for name, body := range map[string]string{
		"of another secret": `{"SecretId":"other","NextToken":"$next"}`,
		"of another query":  `{"SecretId":"db","IncludeDeprecated":true,"NextToken":"$next"}`,
		"made up":           `{"SecretId":"db","NextToken":"AAAA"}`,
		"no base64":         `{"SecretId":"db","NextToken":"!"}`,
		"longer":            `{"SecretId":"db","NextToken":"${next}AAAA"}`,
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "ListSecretVersionIds", body, "InvalidNextTokenException", invalid) })
	}
}

// TestPageVersionsThatGo: a page goes on where the one before ended, also when the
// version that ended it is not listed any more.
func TestPageVersionsThatGo(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "x")
	b.put(t, "db", "v2", "x")
	first := b.does(t, "ListSecretVersionIds", `{"SecretId":"db","MaxResults":1}`)
	b.named["next"] = first["NextToken"].(string)
	b.put(t, "db", "v3", "x") // v1, where the page ended, is not listed now
	rest := b.does(t, "ListSecretVersionIds", `{"SecretId":"db","NextToken":"$next"}`)
	var got []string
	for _, v := range rest["Versions"].([]any) {
		got = append(got, strings.TrimRight(v.(map[string]any)["VersionId"].(string), "-"))
	}
	if fmt.Sprint(got) != "[v2 v3]" {
		t.Errorf("%v", got)
	}
}

// TestVersionsAccessed: the day that a value was read shows on its version.
func TestVersionsAccessed(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "x")
	b.put(t, "db", "v2", "x")
	b.value(t, "db", "AWSPREVIOUS", "")
	until(t, func() bool { return b.describe(t, "db").LastAccessedDate != nil })
	got, err := b.ListSecretVersionIds(t.Context(), &sdk.ListSecretVersionIdsInput{SecretId: aws.String("db")})
	if err != nil {
		t.Fatal(err)
	}
	if day := b.Now().Truncate(day); !got.Versions[0].LastAccessedDate.Equal(day) || got.Versions[1].LastAccessedDate != nil {
		t.Errorf("%v, %v", got.Versions[0].LastAccessedDate, got.Versions[1].LastAccessedDate)
	}
}
