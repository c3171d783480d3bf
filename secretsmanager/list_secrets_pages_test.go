package secretsmanager_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/iam"
)

// TestPagesWhileSecretsComeAndGo: nothing that was there throughout is skipped
// or shown twice, whatever is created and deleted between the pages.
func TestPagesWhileSecretsComeAndGo(t *testing.T) {
	stays := []types.Filter{{Key: "all", Values: []string{"stays"}}}
	for _, by := range []types.SortByType{"name", "created-date", "last-changed-date", "last-accessed-date"} {
		for _, order := range []types.SortOrderType{"asc", "desc"} {
			t.Run(fmt.Sprint(by, " ", order), func(t *testing.T) {
				b := newBench(t)
				var filters []types.Filter
				if order == "desc" {
					filters = stays
				}
				for i := range 10 {
					b.create(t, fmt.Sprintf("stays-%d", i), "x")
					b.create(t, fmt.Sprintf("stays-%d-goes", i), "x")
				}
				pages := sdk.NewListSecretsPaginator(b, &sdk.ListSecretsInput{SortBy: by, SortOrder: order, MaxResults: aws.Int32(3), Filters: filters})
				seen := map[string]int{}
				for page := 0; pages.HasMorePages(); page++ {
					out, err := pages.NextPage(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if len(out.SecretList) > 3 {
						t.Errorf("a page of %d", len(out.SecretList))
					}
					for _, s := range out.SecretList {
						seen[*s.Name]++
					}
					if page < 5 {
						b.create(t, fmt.Sprintf("a-new-%d", page), "x")
						b.create(t, fmt.Sprintf("z-new-%d", page), "x")
						b.does(t, "DeleteSecret", fmt.Sprintf(`{"SecretId":"stays-%d-goes","ForceDeleteWithoutRecovery":true}`, 9-page))
						b.does(t, "DeleteSecret", fmt.Sprintf(`{"SecretId":"stays-%d-goes","ForceDeleteWithoutRecovery":true}`, page))
					}
				}
				for name, n := range seen {
					if n > 1 {
						t.Errorf("%s was shown %d times", name, n)
					}
				}
				for i := range 10 {
					if name := fmt.Sprintf("stays-%d", i); seen[name] != 1 {
						t.Errorf("%s was shown %d times", name, seen[name])
					}
				}
			})
		}
	}
}

// TestPagesWithFilter: pages are full although most secrets do not match.
func TestPagesWithFilter(t *testing.T) {
	b := newBench(t)
	var want []string
	for i := range 30 {
		name := fmt.Sprintf("%d-s%02d", i%5, i)
		b.create(t, name, "x")
		if i%5 == 2 {
			want = append(want, name)
		}
	}
	in := &sdk.ListSecretsInput{MaxResults: aws.Int32(2), Filters: []types.Filter{{Key: "name", Values: []string{"2-"}}}}
	if got := b.names(t, in); got != strings.Join(want, " ") {
		t.Errorf("got %s, want %v", got, want)
	}
	page, err := b.ListSecrets(t.Context(), in)
	if err != nil || len(page.SecretList) != 2 || page.NextToken == nil {
		t.Errorf("%+v, %v", page, err)
	}
}

// TestPagesOfOneMoment: secrets that were created at once come in a fixed order.
func TestPagesOfOneMoment(t *testing.T) {
	b := newBench(t)
	var want []string
	for i := range 8 {
		want = append(want, fmt.Sprint("s", 9-i))
		b.does(t, "CreateSecret", fmt.Sprintf(`{"Name":%q,"ClientRequestToken":"$v1"}`, want[i]))
	}
	if got := b.names(t, &sdk.ListSecretsInput{MaxResults: aws.Int32(3)}); got != strings.Join(want, " ") {
		t.Errorf("got %s, want %v", got, want)
	}
}

// TestPageTokens: a token is good for its own query and caller, unchanged.
func TestPageTokens(t *testing.T) {
	b := newBench(t)
	for i := range 4 {
		b.create(t, fmt.Sprint("secret-of-", i), "x")
	}
	page := b.does(t, "ListSecrets", `{"MaxResults":1,"SortBy":"name"}`)
	next := page["NextToken"].(string)
	b.named["next"] = next
	raw, err := base64.RawURLEncoding.DecodeString(next)
	if err != nil || strings.Contains(string(raw), "secret-of-") {
		t.Errorf("the token tells %q, %v", raw, err)
	}
	if rest := b.does(t, "ListSecrets", `{"MaxResults":100,"SortBy":"name","NextToken":"$next"}`); len(rest["SecretList"].([]any)) != 3 {
		t.Errorf("another page size: %v", rest)
	}
	raw[len(raw)/2] ^= 1
	b.named["forged"] = base64.RawURLEncoding.EncodeToString(raw)
	versions := b.does(t, "PutSecretValue", `{"SecretId":"secret-of-0","ClientRequestToken":"$v2","SecretString":"x"}`)
	b.named["of-versions"] = b.does(t, "ListSecretVersionIds", `{"SecretId":"`+versions["Name"].(string)+`","MaxResults":1}`)["NextToken"].(string)
	const invalid = "The NextToken value is invalid."
	for name, body := range map[string]string{
		"forged":             `{"SortBy":"name","NextToken":"$forged"}`,
		"cut":                `{"SortBy":"name","NextToken":"` + next[:10] + `"}`,
		"another order":      `{"SortBy":"name","SortOrder":"desc","NextToken":"$next"}`,
		"another column":     `{"NextToken":"$next"}`,
		"with a filter":      `{"SortBy":"name","Filters":[{"Key":"name","Values":["s"]}],"NextToken":"$next"}`,
		"deleted ones too":   `{"SortBy":"name","IncludePlannedDeletion":true,"NextToken":"$next"}`,
		"of other versions":  `{"SortBy":"name","NextToken":"${of-versions}"}`,
		"of another service": `{"SortBy":"name","NextToken":"!!"}`,
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "ListSecrets", body, "InvalidNextTokenException", invalid) })
	}
	for name, caller := range map[string]iam.Caller{
		"of another account": iam.NewRoot("111111111111", region, "AKIAOTHER"),
		"of another region":  iam.NewRoot(account, "eu-west-2", "AKIATEST"),
	} {
		t.Run(name, func(t *testing.T) {
			b.As(caller)
			b.refuses(t, "ListSecrets", `{"SortBy":"name","NextToken":"$next"}`, "InvalidNextTokenException", invalid)
			if r := b.post(t, "ListSecrets", `{}`); r.raw != `{"SecretList":[]}` {
				t.Errorf("it sees %s", r.raw)
			}
		})
	}
}

// TestDefaultPage: a page has 100 secrets when nobody says otherwise.
func TestDefaultPage(t *testing.T) {
	b := newBench(t)
	for i := range 101 {
		b.does(t, "CreateSecret", fmt.Sprintf(`{"Name":"n%d","ClientRequestToken":"$v1"}`, i))
	}
	for body, want := range map[string]int{`{}`: 100, `{"MaxResults":100}`: 100, `{"MaxResults":99}`: 99} {
		r := b.does(t, "ListSecrets", body)
		if got := r["SecretList"].([]any); len(got) != want || r["NextToken"] == nil {
			t.Errorf("%s: %d secrets, next %v", body, len(got), r["NextToken"])
		}
	}
}
