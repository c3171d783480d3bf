package e2e_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipFile writes a deployment package with one file and gives its path and its
// CodeSha256.
func zipFile(t *testing.T, name, content string) (path, sum string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	if err == nil {
		_, err = io.WriteString(f, content)
	}
	if err == nil {
		err = w.Close()
	}
	path = filepath.Join(t.TempDir(), "code.zip")
	if err == nil {
		err = os.WriteFile(path, b.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(b.Bytes())
	return path, base64.StdEncoding.EncodeToString(hash[:])
}

// lambda runs aws lambda with a line of arguments that must succeed, and gives
// the answer, nil for none.
func (c *cli) lambda(line string) map[string]any {
	c.t.Helper()
	stdout, stderr, code := c.of("lambda", line)
	if code != 0 {
		c.t.Fatalf("aws lambda %s: exit %d\n%s", line, code, stderr)
	}
	if strings.TrimSpace(stdout) == "" {
		return nil
	}
	return parse[map[string]any](c.t, stdout)
}

// lambdaRole makes a role that functions can have, which is then known as $role.
func (c *cli) lambdaRole(name string) {
	c.t.Helper()
	c.named["trust"] = trustLambda
	made := c.iam("create-role --role-name " + name + " --assume-role-policy-document $trust")
	c.named["role"] = made["Role"].(map[string]any)["Arn"].(string)
}

// refusesLambda runs a line that must be refused, and looks for the code.
func (c *cli) refusesLambda(line, code string) {
	c.t.Helper()
	_, stderr, exit := c.of("lambda", line)
	if exit == 0 || !strings.Contains(stderr, "("+code+")") {
		c.t.Errorf("aws lambda %s: exit %d, %s; want %s", line, exit, stderr, code)
	}
}

// TestAWSCLIFunctions is a day in the life of a function, told to the AWS CLI.
func TestAWSCLIFunctions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := newCLI(t, s)
	var first, second string
	c.named["code"], first = zipFile(t, "index.py", "def handler(event, context):\n    return 1\n")
	c.named["other"], second = zipFile(t, "index.py", "def handler(event, context):\n    return 2\n")
	c.lambdaRole("Rotate")

	made := c.lambda("create-function --function-name f --runtime python3.12 --handler index.handler --role $role --zip-file fileb://$code " +
		"--environment Variables={NAME=value} --tags team=red --timeout 30")
	c.named["arn"] = made["FunctionArn"].(string)
	c.has(made, "FunctionArn", "arn:aws:lambda:us-east-1:000000000000:function:f", "State", "Pending", "CodeSha256", first, "Timeout", "30", "Environment", "map[Variables:map[NAME:value]]")
	c.lambda("wait function-exists --function-name f")
	c.lambda("wait function-active --function-name $arn")
	c.refusesLambda("create-function --function-name f --runtime python3.12 --handler index.handler --role $role --zip-file fileb://$code", "ResourceConflictException")
	c.refusesLambda("get-function --function-name none", "ResourceNotFoundException")

	c.has(c.lambda("update-function-code --function-name f --zip-file fileb://$other"), "CodeSha256", second, "LastUpdateStatus", "InProgress")
	c.lambda("wait function-updated --function-name f")
	c.has(c.lambda("update-function-configuration --function-name $arn --memory-size 256"), "MemorySize", "256", "Timeout", "30")
	c.has(c.lambda("publish-version --function-name f --description first"), "Version", "1", "Description", "first")
	c.has(c.lambda("get-function-configuration --function-name $arn:1 --qualifier 1"), "Version", "1", "FunctionArn", c.named["arn"]+":1")
	if versions := c.lambda("list-versions-by-function --function-name f")["Versions"].([]any); len(versions) != 2 {
		t.Errorf("versions: %v", versions)
	}
	c.lambda("tag-resource --resource $arn --tags env=test")
	c.lambda("untag-resource --resource $arn --tag-keys team")
	c.has(c.lambda("list-tags --resource $arn"), "Tags", "map[env:test]")
	c.has(c.lambda("put-function-concurrency --function-name f --reserved-concurrent-executions 5"), "ReservedConcurrentExecutions", "5")
	c.has(c.lambda("get-function-concurrency --function-name f"), "ReservedConcurrentExecutions", "5")
	c.has(c.lambda("get-account-settings")["AccountUsage"].(map[string]any), "FunctionCount", "1")

	s.Restart()
	got := c.lambda("get-function --function-name f")
	c.has(got, "Tags", "map[env:test]", "Concurrency", "map[ReservedConcurrentExecutions:5]")
	code, err := os.ReadFile(c.named["other"])
	if err != nil {
		t.Fatal(err)
	}
	if body := download(t, got["Code"].(map[string]any)["Location"].(string)); !bytes.Equal(body, code) {
		t.Errorf("downloaded %d bytes of %d", len(body), len(code))
	}
	c.lambda("delete-function-concurrency --function-name f")
	listed := c.lambda("list-functions")["Functions"].([]any)
	if len(listed) < 10 { // with those that are built in
		t.Errorf("listed %d functions", len(listed))
	}
	c.lambda("delete-function --function-name f --qualifier 1")
	c.refusesLambda("get-function --function-name f --qualifier 1", "ResourceNotFoundException")
	out := filepath.Join(t.TempDir(), "out")
	c.has(c.lambda("invoke --function-name f --invocation-type DryRun "+out), "StatusCode", "204")
	c.lambda("delete-function --function-name $arn")
	c.refusesLambda("get-function --function-name f", "ResourceNotFoundException")
}

func download(t *testing.T, url string) []byte {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %.200s, %v", url, answer.StatusCode, body, err)
	}
	return body
}
