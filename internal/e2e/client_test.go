package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/app"
	"github.com/alberti-dev/alberti/sigv4"
)

// Client is the AWS SDK, set up with nothing but the files that the server
// keeps for it.
func (s *server) Client(options ...func(*config.LoadOptions) error) *sdk.Client {
	s.t.Helper()
	return sdk.NewFromConfig(s.config(options...))
}

// config is what those files say, for the client of any service.
func (s *server) config(options ...func(*config.LoadOptions) error) aws.Config {
	s.t.Helper()
	options = append([]func(*config.LoadOptions) error{
		config.WithSharedConfigFiles([]string{filepath.Join(s.Data, "aws-config")}),
		config.WithSharedCredentialsFiles([]string{filepath.Join(s.Data, "aws-credentials")}),
	}, options...)
	c, err := config.LoadDefaultConfig(s.t.Context(), options...)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// once keeps the SDK from asking again: for calls whose server dies meanwhile.
func once(o *sdk.Options) { o.RetryMaxAttempts = 1 }

// wantCode holds an SDK's error against a code and a part of its text.
func wantCode(t testing.TB, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text) {
		t.Errorf("got %v\nwant %s: %s", err, code, text)
	}
}

// Run runs the program on the data directory of the server: alberti rotation
// list, and so on.
func (s *server) Run(args ...string) result {
	s.t.Helper()
	return runProgram(s.t, s.Env, append(args, "--data", s.Data)...)
}

// result is how a program ended.
type result struct {
	stdout, stderr string
	code           int
}

// runProgram runs the program to its end.
func runProgram(t testing.TB, env []string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(cmd.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("alberti %v: %v\n%s", args, err, &stderr)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// ok wants a good end and gives what was printed.
func (r result) ok(t testing.TB) string {
	t.Helper()
	if r.code != 0 {
		t.Fatalf("exit %d: %s%s", r.code, r.stdout, r.stderr)
	}
	return r.stdout
}

// refused wants one line on stderr with a text in it, nothing else, and an exit code.
func (r result) refused(t testing.TB, code int, text string) {
	t.Helper()
	line, rest, ended := strings.Cut(r.stderr, "\n")
	if r.code != code || !strings.HasPrefix(line, "alberti: ") || !strings.Contains(line, text) || !ended || rest != "" || r.stdout != "" {
		t.Errorf("exit %d, stdout %q, stderr:\n%s\nwant exit %d and one line with %q", r.code, r.stdout, r.stderr, code, text)
	}
}

// Signer signs requests as the root user.
func (s *server) Signer() *sigv4.Signer {
	s.t.Helper()
	e, err := app.ReadEndpoint(s.Data)
	if err != nil {
		s.t.Fatal(err)
	}
	return &sigv4.Signer{
		AccessKeyID: e.AccessKeyID, Key: sigv4.Key{Secret: string(e.SecretAccessKey)}, Region: e.Region, Service: "secretsmanager",
	}
}

// reply is an answer over raw HTTP.
type reply struct {
	status int
	header http.Header
	body   string
}

// Post sends a body as it is; change, when given, spoils the request once it is
// signed.
func (s *server) Post(signer *sigv4.Signer, target, body string, when time.Time, change func(*http.Request)) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+"/", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	signer.Sign(r, []byte(body), when)
	if change != nil {
		change(r)
	}
	return s.do(r)
}

// Get fetches a path.
func (s *server) Get(path string) reply {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.do(r)
}

func (s *server) do(r *http.Request) reply {
	s.t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// parse reads JSON.
func parse[T any](t testing.TB, text string) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return out
}

// value reads the text of a secret's version: of a label, AWSCURRENT by default.
func value(t testing.TB, c *sdk.Client, id string, label ...string) string {
	t.Helper()
	in := &sdk.GetSecretValueInput{SecretId: &id}
	if len(label) > 0 {
		in.VersionStage = &label[0]
	}
	out, err := c.GetSecretValue(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return aws.ToString(out.SecretString)
}
