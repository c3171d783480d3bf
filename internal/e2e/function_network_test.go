package e2e_test

import (
	"archive/zip"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reaching tells what it reaches of two servers, and of Alberti.
const reaching = `
import os, urllib.request, urllib.error

def get(url):
    try:
        return urllib.request.urlopen(url, timeout=10).read().decode()
    except urllib.error.HTTPError as e:
        return "status " + str(e.code)
    except OSError as e:
        return "nothing"

def handler(event, context):
    return " ".join(get(os.environ[name]) for name in ["FIRST", "SECOND"]) + (" and the API" if get(os.environ["AWS_ENDPOINT_URL"]) != "nothing" else "")
`

// publicFolder is one that the users of functions can get into.
func publicFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "alberti-e2e-functions-")
	if err == nil {
		err = os.Chmod(dir, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return filepath.Join(dir, "functions")
}

// site is a server on loopback that says a text, by its URL and its HOST:PORT.
func site(t *testing.T, text string) (url, target string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, text) }))
	t.Cleanup(s.Close)
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "http://localhost:" + port, "localhost:" + port
}

// TestFunctionNetwork restricts a function to network targets by its tag, and lets
// it go again.
func TestFunctionNetwork(t *testing.T) {
	t.Parallel()
	s := serve(t, "--functions-dir", publicFolder(t))
	c := newCLI(t, s)
	first, target := site(t, "first")
	second, _ := site(t, "second")
	folder := t.TempDir()
	var code bytes.Buffer
	z := zip.NewWriter(&code)
	w, err := z.Create("index.py")
	if err == nil {
		_, err = io.WriteString(w, reaching)
	}
	if err == nil {
		err = z.Close()
	}
	if err == nil {
		err = os.WriteFile(folder+"/code.zip", code.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	c.lambdaRole("Reach")
	c.named["zip"], c.named["out"] = "fileb://"+folder+"/code.zip", folder+"/out.json"
	c.named["env"] = `{"Variables":{"FIRST":"` + first + `","SECOND":"` + second + `"}}`
	c.named["arn"] = "arn:aws:lambda:us-east-1:000000000000:function:reach"
	c.lambda("create-function --function-name reach --runtime python3.12 --handler index.handler --timeout 60 --role $role --zip-file $zip --environment $env")
	c.lambda("wait function-active --function-name reach")
	expect := func(want string) {
		t.Helper()
		said := c.lambda("invoke --function-name reach $out")
		if got, err := os.ReadFile(folder + "/out.json"); err != nil || string(got) != want {
			t.Errorf("%s %v, want %s\n%s", got, err, want, said)
		}
	}
	expect(`"first second and the API"`)
	c.lambda("tag-resource --resource $arn --tags alberti:network=" + target)
	expect(`"first nothing and the API"`)
	c.lambda("untag-resource --resource $arn --tag-keys alberti:network")
	expect(`"first second and the API"`)

	c.lambda("tag-resource --resource $arn --tags alberti:network=localhost")
	if _, stderr, code := c.of("lambda", "invoke --function-name reach $out"); code == 0 ||
		!strings.Contains(stderr, `(InvalidParameterValueException) when calling the Invoke operation: The tag alberti:network names "localhost", which is not HOST:PORT.`) {
		t.Errorf("exit %d, %s", code, stderr)
	}
}
