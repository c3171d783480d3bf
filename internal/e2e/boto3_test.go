package e2e_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// TestBoto3 has Python's SDK go through testdata/boto3_day.py: every operation,
// the paginator, and the classes of errors.
func TestBoto3(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := cli{t: t, env: clientEnv(t, s)}
	const model = `import boto3; print(*boto3.client("secretsmanager", "eu-west-1").meta.service_model.operation_model("ListSecrets").input_shape.members)`
	if stdout, _, _ := c.run(exec.Command(python(t), "-c", model)); !strings.Contains(stdout, newestMember) {
		c.env = append(c.env, ourModel(t))
	}
	stdout, stderr, code := c.run(exec.Command(python(t), "testdata/boto3_day.py", s.URL))
	if code != 0 {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	wantAll(t, s, strings.Fields(stdout))
}

// python is an interpreter that has boto3: the first there is, or the system's.
func python(t *testing.T) string {
	t.Helper()
	for _, path := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(path, "-c", "import boto3").Run() == nil {
			return path
		}
	}
	t.Fatal("no python3 has boto3: install it, as script/install-deps does")
	return ""
}

// wantAll wants a client to have called every operation that the server has.
func wantAll(t *testing.T, s *server, called []string) {
	t.Helper()
	for _, operation := range operations(t, s) {
		if !slices.Contains(called, operation) {
			t.Errorf("%s was never called", operation)
		}
	}
}

// operations are those of AWS's service model that the server has.
func operations(t *testing.T, s *server) (names []string) {
	t.Helper()
	text, err := os.ReadFile("../../secretsmanager/model.json")
	if err != nil {
		t.Fatal(err)
	}
	signer := s.Signer()
	for name := range parse[struct{ Operations map[string]any }](t, string(text)).Operations {
		r := s.Post(signer, "secretsmanager."+name, `{}`, time.Now(), nil)
		if !strings.Contains(r.body, "does not have the operation") {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		t.Error("the server has no operations")
	}
	return names
}

// dashed is an operation as the AWS CLI spells it: list-secret-version-ids.
func dashed(operation string) string {
	var out strings.Builder
	for i, r := range operation {
		if i > 0 && unicode.IsUpper(r) {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
