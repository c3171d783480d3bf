package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/alberti-dev/alberti/app"
)

// pythonFunction is AWS's rotation workflow in Python with its driver beside it,
// for the runtime that the driver was built for, and what else is in some folders.
func pythonFunction(t testing.TB, more ...string) lambda.CreateFunctionInput {
	t.Helper()
	version, driver := psycopg2(t)
	f := files{}
	for _, folder := range append(more, "testdata/functions/python-postgres") {
		f.add(t, "", folder, func(string) bool { return true })
	}
	f.add(t, "psycopg2", driver, func(name string) bool { return !strings.Contains(name, "__pycache__") })
	in := inFiles("python"+version, f)
	in.Handler = aws.String("lambda_function.lambda_handler")
	return in
}

// psycopg2 finds Debian's driver for PostgreSQL, and the Python that it is for.
func psycopg2(t testing.TB) (version, folder string) {
	t.Helper()
	const tell = `import sys, os, psycopg2; print("%d.%d" % sys.version_info[:2], os.path.dirname(psycopg2.__file__))`
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if out, err := exec.Command(python, "-c", tell).Output(); err == nil {
			version, folder, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
			return version, folder
		}
	}
	t.Fatal("no python3 has psycopg2: install it, as script/install-deps does")
	return "", ""
}

// nodeFunction is a function for Node with the packages that it needs.
func nodeFunction(t testing.TB) lambda.CreateFunctionInput {
	t.Helper()
	const packages = "/var/tmp/alberti-servers/node-functions/node_modules" // of script/install-deps
	f := files{}
	f.add(t, "", "testdata/functions/node-postgres", func(string) bool { return true })
	f.add(t, "node_modules", packages, func(name string) bool {
		needed := !strings.HasPrefix(name, "mysql2/") && !strings.HasPrefix(name, "@types/")
		return needed && (strings.HasSuffix(name, "js") || strings.HasSuffix(name, "package.json")) && !strings.Contains(name, "/dist-es/")
	})
	return inFiles("nodejs20.x", f)
}

// goFunction is a function in Go, built for the runtime that brings nothing.
func goFunction(t testing.TB) lambda.CreateFunctionInput {
	t.Helper()
	program, err := goBootstrap()
	if err != nil {
		t.Fatal(err)
	}
	return inFiles("provided.al2023", files{"bootstrap!": string(program)})
}

var goBootstrap = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "alberti-e2e-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "bootstrap")
	cmd := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, "./testdata/functions/go-postgres")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return os.ReadFile(program)
})

// TestBroughtFunctions rotates real users twice with functions in Node and in Go:
// the second time in warm environments. That in Python is TestAWSWorkflow's.
func TestBroughtFunctions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		function    func(testing.TB) lambda.CreateFunctionInput
		alternating bool
	}{
		"node": {nodeFunction, true},
		"go":   {goFunction, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t)
			a := s.author()
			in := c.function(t)
			in.MemorySize = aws.Int32(256)
			arn := a.bring("rotate-"+name, in)
			r := s.rotatingFor(strategy{name, arn, c.alternating}, newUser(t), administrator(t))
			before := r.First
			for range 2 {
				r.Rotate()
				r.Succeeds()
				before = r.Rotated(before)
			}
			r.First.isRefused(t)
			wantTrail(t, s, r, "RotationStarted RotationSucceeded")
			if n := strings.Count(names(s.Events())+" ", "Invoke "); n != 8 {
				t.Errorf("%d invocations are in the trail", n)
			}
		})
	}
}

// TestPublishedFunction rotates with a version that was published, whatever has
// become of the function since.
func TestPublishedFunction(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.author()
	name := "rotate"
	a.bring(name, goFunction(t))
	made, err := a.PublishVersion(t.Context(), &lambda.PublishVersionInput{FunctionName: &name})
	if err != nil {
		t.Fatal(err)
	}
	broken := files{"bootstrap!": "#!/bin/sh\nexit 1\n"}
	if _, err := a.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: &name, ZipFile: broken.zip()}); err != nil {
		t.Fatal(err)
	}
	r := s.rotatingBy(*made.FunctionArn, newUser(t))
	const refusal = "Secrets Manager cannot invoke the specified Lambda function."
	wantCode(t, r.request(), "AccessDeniedException", refusal) // its permission is for no version
	_, err = a.AddPermission(t.Context(), &lambda.AddPermissionInput{
		FunctionName: &name, Qualifier: made.Version, StatementId: aws.String("version"), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("secretsmanager.amazonaws.com"), SourceAccount: aws.String(app.Account),
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Rotate()
	r.Succeeds()
	r.Rotated(r.First)
	a.fails(name, "{}", "Runtime exited with error: exit status 1")
}

// TestFunctionBehindTLS: functions reach a server whose certificate nobody told them
// to trust, and are tried out before their first rotation.
func TestFunctionBehindTLS(t *testing.T) {
	t.Parallel()
	s := serveDev(t, midnight())
	r := s.rotatingBy(s.author().bring("rotate", goFunction(t)), newUser(t))
	r.plan(false)
	r.awaits("TestRotationSucceeded")
	r.First.works(t)
	s.Stop()
	files, _ := certificate(t)
	s.Args, s.Env = append(s.Args, "--tls-cert", files.Cert, "--tls-key", files.Key), []string{"SSL_CERT_FILE=" + files.CA}
	s.Start()
	if said := s.Run("clock", "advance", "1d").ok(t); !strings.Contains(said, "rotations started 1, succeeded 1, attempts failed 0") {
		t.Errorf("a day later: %s", said)
	}
	r.First.isRefused(t)
}

// TestAWSWorkflow: somebody who has never heard of Alberti uploads a function made
// of AWS's generic workflow with the AWS CLI, lets Secrets Manager invoke it, and
// has it rotate a secret on a schedule.
func TestAWSWorkflow(t *testing.T) {
	t.Parallel()
	s := serveDev(t, midnight())
	c := newCLI(t, s)
	user := newUser(t)
	in := pythonFunction(t)
	zip := filepath.Join(t.TempDir(), "function.zip")
	if err := os.WriteFile(zip, in.Code.ZipFile, 0o600); err != nil {
		t.Fatal(err)
	}
	c.named["trust"], c.named["policy"], c.named["login"] = trustLambda, rotationPolicy("prod/"), user.JSON()
	c.named["zip"], c.named["runtime"], c.named["daily"] = zip, string(in.Runtime), daily

	role := c.service("iam", "create-role --role-name RotatePostgres --assume-role-policy-document $trust")["Role"].(map[string]any)
	c.named["role"] = role["Arn"].(string)
	c.service("iam", "put-role-policy --role-name RotatePostgres --policy-name rotate --policy-document $policy")
	made := c.service("lambda", "create-function --function-name rotate-postgres --runtime $runtime --handler lambda_function.lambda_handler "+
		"--role $role --zip-file fileb://$zip --timeout 30")
	c.named["function"] = made["FunctionArn"].(string)
	c.service("lambda", "wait function-active-v2 --function-name rotate-postgres")
	c.service("lambda", "add-permission --function-name rotate-postgres --statement-id SecretsManagerAccess --action lambda:InvokeFunction "+
		"--principal secretsmanager.amazonaws.com --source-account 000000000000")
	c.aws("create-secret --name prod/db --secret-string $login")
	c.aws("rotate-secret --secret-id prod/db --rotation-lambda-arn $function --rotation-rules ScheduleExpression=$daily --client-request-token " + c.token())

	r := &rotating{s: s, strategy: strategy{name: "aws", function: c.named["function"]}, Name: "prod/db", First: user, Token: c.named["token"]}
	r.Succeeds()
	second := r.Rotated(user)
	user.isRefused(t)

	if said := s.Run("clock", "advance", "1d").ok(t); !strings.Contains(said, "rotations started 1, succeeded 1, attempts failed 0") {
		t.Errorf("a day later: %s", said)
	}
	if third := parse[login](t, value(t, s.Client(), r.Name)); third.Password == second.Password {
		t.Error("the schedule rotated nothing")
	} else {
		third.works(t)
	}
	second.isRefused(t)
	eventually(t, "the function's log is there", func() (bool, any) {
		log := s.Run("function", "logs", "rotate-postgres").stdout // there is none for a second
		return strings.Count(log, "REPORT RequestId: ") == 8 && strings.Contains(log, "finishSecret: done for "), log
	})
}

// service runs a line of arguments for any service of AWS, which must succeed, and
// gives the answer.
func (c *cli) service(name, line string) map[string]any {
	c.t.Helper()
	args := append([]string{name}, c.endpoint()...)
	for word := range strings.FieldsSeq(line) {
		args = append(args, os.Expand(word, func(name string) string { return c.named[name] }))
	}
	stdout, stderr, code := c.run(exec.Command("aws", args...))
	if code != 0 {
		c.t.Fatalf("aws %s %s: exit %d\n%s", name, line, code, stderr)
	}
	if strings.TrimSpace(stdout) == "" {
		return nil
	}
	return parse[map[string]any](c.t, stdout)
}
