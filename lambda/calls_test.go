package lambda_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// zipped makes a deployment package of names and contents.
func zipped(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const handler = "def handler(event, context):\n    return event\n"

// input is what creates a function of a name, and needs no more.
func input(t testing.TB, name string) *sdk.CreateFunctionInput {
	return &sdk.CreateFunctionInput{
		FunctionName: &name, Role: aws.String(role), Handler: aws.String("index.handler"), Runtime: types.RuntimePython312,
		Code: &types.FunctionCode{ZipFile: zipped(t, "index.py", handler)},
	}
}

// create makes a function.
func (b *bench) create(t *testing.T, name string, more ...func(*sdk.CreateFunctionInput)) *sdk.CreateFunctionOutput {
	t.Helper()
	in := input(t, name)
	for _, m := range more {
		m(in)
	}
	out, err := b.CreateFunction(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// reply is what came over raw HTTP.
type reply struct {
	status int
	header http.Header
	body   string
}

// send makes a request: METHOD and path, and a body.
func (b *bench) send(t *testing.T, at, body string, headers ...string) reply {
	t.Helper()
	method, path, _ := strings.Cut(at, " ")
	r, err := http.NewRequestWithContext(t.Context(), method, b.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("%s: no request id", at)
	}
	return reply{answer.StatusCode, answer.Header, string(raw)}
}

// refuses sends a request that must be refused, with a code and a body to the
// byte.
func (b *bench) refuses(t *testing.T, at, body string, status int, code, want string) {
	t.Helper()
	r := b.send(t, at, body)
	if r.status != status || r.header.Get("X-Amzn-Errortype") != code || r.body != want {
		t.Errorf("%s %.200s:\n got %d %s %s\nwant %d %s %s", at, body, r.status, r.header.Get("X-Amzn-Errortype"), r.body, status, code, want)
	}
}

// creation is the body of a CreateFunction, with further members over its own.
func creation(t *testing.T, name, more string) string {
	archive := base64.StdEncoding.EncodeToString(zipped(t, "index.py", handler))
	own := map[string]string{
		"FunctionName": `"` + name + `"`, "Role": `"` + role + `"`, "Handler": `"index.handler"`, "Runtime": `"python3.12"`, "Code": `{"ZipFile":"` + archive + `"}`,
	}
	members := []string{}
	for member, value := range own {
		if !strings.Contains(more, `"`+member+`"`) {
			members = append(members, `"`+member+`":`+value)
		}
	}
	if more != "" {
		members = append(members, more)
	}
	return "{" + strings.Join(members, ",") + "}"
}

var (
	uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	sums  = regexp.MustCompile(`runtime:[0-9a-f]{64}`)
)

// plain takes from an answer what is another one every time.
func plain(body string) string {
	return sums.ReplaceAllString(uuids.ReplaceAllString(body, "UUID"), "runtime:HEX")
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
