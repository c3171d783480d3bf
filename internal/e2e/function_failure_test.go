package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// TestFunctionThatDoesNothing says that it succeeded four times; nobody believes it.
func TestFunctionThatDoesNothing(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.rotatingBy(s.author().bring("lazy", inPython(handles+"return 'done'")), newUser(t))
	r.Rotate()
	r.failed("finishSecret", "The rotation function finished, but AWSCURRENT is not on version "+r.Token)
	r.untouched()
	r.First.works(t)
	wantTrail(t, s, r, "RotationStarted RotationFailed")
}

const tells = `
import os
def handler(event, context):
    print("key", os.environ["AWS_SECRET_ACCESS_KEY"])
    raise Exception("token " + os.environ["AWS_SESSION_TOKEN"] + " password " + os.environ["PASSWORD"])
`

// TestFunctionThatTellsItsCredentials: who may read the history of a secret may not
// become the function, nor log in with what only the function was given.
func TestFunctionThatTellsItsCredentials(t *testing.T) {
	t.Parallel()
	s := serve(t)
	in := inPython(tells)
	in.Environment = &types.Environment{Variables: map[string]string{"PASSWORD": "of-the-superuser"}}
	r := s.rotatingBy(s.author().bring("telling", in), newUser(t))
	r.Rotate()
	r.failed("createSecret", "Exception: token [redacted] password [redacted]")
	steps := r.History().Steps
	if notes := strings.Join(steps[len(steps)-1].Notes, "\n"); !strings.Contains(notes, "log: key [redacted]") {
		t.Errorf("notes:\n%s", notes)
	}
}

// TestFunctionIsWithheld: where a policy keeps the server from the values that it
// would look for in a function's words, it repeats none of these.
func TestFunctionIsWithheld(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.rotatingBy(s.author().bring("open", inPython(handles+"raise Exception('a password')")), newUser(t))
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*",
		"Condition":{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:role/AlbertiRotation"}}}]}`
	if _, err := s.Client().PutResourcePolicy(t.Context(), &sdk.PutResourcePolicyInput{SecretId: &r.Name, ResourcePolicy: &policy}); err != nil {
		t.Fatal(err)
	}
	r.Rotate()
	r.failed("createSecret", "the function failed: what it said is withheld", "AlbertiRotation")
	steps := r.History().Steps
	if last := steps[len(steps)-1]; strings.Contains(last.Error, "a password") || len(last.Notes) > 0 {
		t.Errorf("the history says %+v", last)
	}
}

// gate is where functions wait for the test.
type gate struct {
	URL     string
	arrived chan string // at which path
	pass    chan bool   // one may go, or all once it is closed
}

func newGate(t *testing.T) *gate {
	g := &gate{arrived: make(chan string), pass: make(chan bool)}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case g.arrived <- r.URL.Path:
		case <-g.pass:
			return
		}
		select {
		case <-g.pass:
		case <-r.Context().Done(): // whoever waited is gone
		}
	}))
	t.Cleanup(server.Close)
	g.URL = server.URL
	return g
}

// until lets functions go on until one comes to a path, and waits.
func (g *gate) until(t *testing.T, path string) {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case at := <-g.arrived:
			if at == path {
				return
			}
			g.pass <- true
		case <-limit:
			t.Fatalf("nobody comes to %s", path)
		}
	}
}

// variables tell a function where its gate is.
func (g *gate) variables() *types.Environment {
	return &types.Environment{Variables: map[string]string{"GATE": g.URL}}
}

const waits = `
import os, urllib.request
def handler(event, context):
    urllib.request.urlopen(os.environ["GATE"] + "/" + event["Step"]).read()
`

// TestDeletedBetweenSteps deletes a function while it runs: it ends what it does,
// and is not found for the next step.
func TestDeletedBetweenSteps(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a, g := s.author(), newGate(t)
	in := inPython(waits)
	in.Environment = g.variables()
	r := s.rotatingBy(a.bring("leaving", in), newUser(t))
	r.Rotate()
	g.until(t, "/createSecret")
	if _, err := a.DeleteFunction(t.Context(), &lambda.DeleteFunctionInput{FunctionName: &r.strategy.function}); err != nil {
		t.Fatal(err)
	}
	g.pass <- true
	r.failed("setSecret", "Function not found: "+r.strategy.function)
	r.untouched()
}

// TestThrottledFunction: a function that may not be invoked fails the step, and the
// history says why; once it may be, the rotation goes on.
func TestThrottledFunction(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.author()
	r := s.rotatingBy(a.bring("throttled", pythonFunction(t)), newUser(t))
	_, err := a.PutFunctionConcurrency(t.Context(), &lambda.PutFunctionConcurrencyInput{FunctionName: &r.strategy.function, ReservedConcurrentExecutions: aws.Int32(0)})
	if err != nil {
		t.Fatal(err)
	}
	const reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
	_, err = a.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: &r.strategy.function}, func(o *lambda.Options) { o.RetryMaxAttempts = 1 })
	wantCode(t, err, "TooManyRequestsException", "Rate Exceeded.")
	r.Rotate()
	r.failed("createSecret", "Rate Exceeded.", reason)
	r.untouched()
	if _, err := a.DeleteFunctionConcurrency(t.Context(), &lambda.DeleteFunctionConcurrencyInput{FunctionName: &r.strategy.function}); err != nil {
		t.Fatal(err)
	}
	r.retry()
	r.Succeeds()
	r.Rotated(r.First)
}

// TestThrottledAfterTheChange: between the change in the target and the move of the
// label a rotation does not give up at once.
func TestThrottledAfterTheChange(t *testing.T) {
	t.Parallel()
	s, g := serve(t), newGate(t)
	a := s.author()
	in := pythonFunction(t, "testdata/functions/gated")
	in.Handler, in.Environment = aws.String("gated.handler"), g.variables()
	in.Environment.Variables["SECONDS"] = "60"
	r := s.rotatingBy(a.bring("throttled", in), newUser(t))
	r.Rotate()
	g.until(t, "/setSecret")
	_, err := a.PutFunctionConcurrency(t.Context(), &lambda.PutFunctionConcurrencyInput{FunctionName: &r.strategy.function, ReservedConcurrentExecutions: aws.Int32(0)})
	if err != nil {
		t.Fatal(err)
	}
	close(g.pass)
	eventually(t, "a step is throttled", func() (bool, any) {
		for _, e := range s.Events() {
			if e.EventName == "Invoke" && e.ErrorCode == "TooManyRequestsException" {
				return true, nil
			}
		}
		return false, names(s.Events())
	})
	if _, err := a.DeleteFunctionConcurrency(t.Context(), &lambda.DeleteFunctionConcurrencyInput{FunctionName: &r.strategy.function}); err != nil {
		t.Fatal(err)
	}
	r.Succeeds()
	r.Rotated(r.First)
	if n := r.attempts(); n != 1 {
		t.Errorf("it took %d attempts", n)
	}
}

// tellingAll does the first step well, and in the second says whatever it knows.
const tellingAll = `
import boto3, json, os
client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])

def handler(event, context):
    current = client.get_secret_value(SecretId=event["SecretId"])["SecretString"]
    if event["Step"] == "createSecret":
        password = client.get_random_password(PasswordLength=64)["RandomPassword"]
        value = dict(json.loads(current), password=password)
        client.put_secret_value(SecretId=event["SecretId"], ClientRequestToken=event["ClientRequestToken"],
            SecretString=json.dumps(value), VersionStages=["AWSPENDING"])
        return
    pending = client.get_secret_value(SecretId=event["SecretId"], VersionStage="AWSPENDING")["SecretString"]
    print("trying", json.loads(pending)["password"], "instead of", json.loads(current)["password"])
    print(current, pending, event)
    print("\x1b[31mthe last line")
    raise RuntimeError("cannot change to " + pending)
`

// TestFailureTellsNoSecret: what a function that fails said last is shown to the
// operator, without what is secret of it.
func TestFailureTellsNoSecret(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := s.rotatingBy(s.author().bring("telling", inPython(tellingAll)), newUser(t))
	r.Rotate()
	r.failed("setSecret", "RuntimeError: cannot change to ")
	r.untouched()
	shown := s.Run("rotation", "show", r.Name).ok(t)
	for _, line := range []string{"- log: trying ", "- log: \uFFFD[31mthe last line", "- log: [ERROR] RuntimeError: cannot change to ", "- log: REPORT RequestId: "} {
		if !strings.Contains(shown, line) {
			t.Errorf("%q is not in\n%s", line, shown)
		}
	}
	if strings.Contains(shown, "\x1b") {
		t.Errorf("the function speaks to the terminal: %q", shown)
	}
	pending := parse[login](t, value(t, s.Client(), r.Name, "AWSPENDING")).Password
	known := secrets{
		"the current password": r.First.Password, "the pending password": pending,
		"the pending password in JSON": strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(pending),
	}
	known.absent(t, "rotation show", []byte(shown))
	known.absent(t, "rotation show --json", []byte(s.Run("rotation", "show", "--json", r.Name).ok(t)))
	known.absent(t, "rotation list", []byte(s.Run("rotation", "list").ok(t)))
	known.nowhere(t, s) // the function's own log is encrypted, too
}
