package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// token is a ClientRequestToken that is easy to read: 32 characters.
func token(name string) string { return name + strings.Repeat("-", 32-len(name)) }

// expand writes a body or a text in full: $db is the ARN of the secret db once
// it is created, and every other $name is token(name).
func (b *bench) expand(text string) string {
	return os.Expand(text, func(name string) string {
		if known, ok := b.named[name]; ok {
			return known
		}
		return token(name)
	})
}

// reply is what came over raw HTTP.
type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

// post calls an operation, of Secrets Manager if it names no other service.
func (b *bench) post(t testing.TB, operation, body string) reply {
	t.Helper()
	if !strings.Contains(operation, ".") {
		operation = "secretsmanager." + operation
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url, strings.NewReader(b.expand(body)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Target", operation)
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	return send(t, r)
}

func send(t testing.TB, r *http.Request) reply {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	out := reply{status: answer.StatusCode, header: answer.Header, raw: string(raw)}
	if err := json.Unmarshal(raw, &out.body); err != nil {
		t.Fatalf("%s answers %q: %v", r.Header.Get("X-Amz-Target"), raw, err)
	}
	return out
}

// does calls an operation that must succeed.
func (b *bench) does(t testing.TB, operation, body string) map[string]any {
	t.Helper()
	r := b.post(t, operation, body)
	if r.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", operation, body, r.status, r.raw)
	}
	return r.body
}

// refuses calls an operation that must be refused with a code and a text. It
// holds the shape of the answer too: only modelled errors spell it Message.
func (b *bench) refuses(t *testing.T, operation, body, code, text string) {
	t.Helper()
	r := b.post(t, operation, body)
	member := "Message"
	switch code {
	case "ValidationException", "AccessDeniedException", "SerializationException":
		member = "message"
	}
	want := map[string]any{"__type": code, member: b.expand(text)}
	if r.status != http.StatusBadRequest || !maps.Equal(r.body, want) {
		t.Errorf("%s %.300s:\n got %d %s\nwant 400 %v", operation, body, r.status, r.raw, want)
	}
}

// create makes a secret with a first version named v1 and gives its ARN, which
// $name stands for from then on.
func (b *bench) create(t testing.TB, name, value string) string {
	t.Helper()
	out := b.does(t, "CreateSecret", fmt.Sprintf(`{"Name":%q,"ClientRequestToken":"$v1","SecretString":%q}`, name, value))
	b.named[name] = out["ARN"].(string)
	b.Advance(time.Millisecond)
	return b.named[name]
}

// put writes a version, a millisecond after the one before.
func (b *bench) put(t *testing.T, id, version, value string, stages ...string) {
	t.Helper()
	_, err := b.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{
		SecretId: &id, ClientRequestToken: aws.String(token(version)), SecretString: &value, VersionStages: stages,
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Advance(time.Millisecond)
}

// value reads the text that a label or the version $name holds; without either,
// that of AWSCURRENT.
func (b *bench) value(t *testing.T, id, label, version string) string {
	t.Helper()
	in := &sdk.GetSecretValueInput{SecretId: &id}
	if label != "" {
		in.VersionStage = &label
	}
	if version != "" {
		in.VersionId = aws.String(token(version))
	}
	out, err := b.GetSecretValue(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.SecretString)
}

func (b *bench) describe(t *testing.T, id string) *sdk.DescribeSecretOutput {
	t.Helper()
	out, err := b.DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &id})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// stages writes the labelled versions by name: "v1[AWSPREVIOUS] v2[AWSCURRENT]".
func (b *bench) stages(t *testing.T, id string) string {
	t.Helper()
	return written(b.describe(t, id).VersionIdsToStages)
}

func written(stages map[string][]string) string {
	var out []string
	for _, version := range slices.Sorted(maps.Keys(stages)) {
		out = append(out, fmt.Sprint(strings.TrimRight(version, "-"), stages[version]))
	}
	return strings.Join(out, " ")
}

// listed writes the versions in the order of ListSecretVersionIds.
func (b *bench) listed(t *testing.T, id string, deprecated bool) string {
	t.Helper()
	got, err := b.ListSecretVersionIds(t.Context(), &sdk.ListSecretVersionIdsInput{SecretId: &id, IncludeDeprecated: &deprecated})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, v := range got.Versions {
		out = append(out, fmt.Sprint(strings.TrimRight(*v.VersionId, "-"), v.VersionStages))
	}
	return strings.Join(out, " ")
}

// members are the names in an answer, in order.
func members(body map[string]any) string {
	return strings.Join(slices.Sorted(maps.Keys(body)), " ")
}

const (
	notFound = "Secrets Manager can't find the specified secret."
	deleted  = "You can't perform this operation on the secret because it was marked for deletion."
	badName  = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
	noToken  = "You must provide a ClientRequestToken value. We recommend a UUID-type value."
	inUse    = "You can't use ClientRequestToken $v1 because that value is already in use for a version of secret $db."
	both     = "You can't specify both a binary secret value and a string secret value in the same secret."
)

// asJSON writes a part of an answer, "" for one that is absent.
func asJSON(v any) string {
	if v == nil {
		return ""
	}
	out, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(out)
}
