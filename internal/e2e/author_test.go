package e2e_test

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/alberti-dev/alberti/app"
)

// author is somebody who brings functions to a server, through the AWS SDK.
type author struct {
	*lambda.Client
	s   *server
	iam *iam.Client
}

func (s *server) author() *author {
	s.t.Helper()
	c := s.config()
	return &author{lambda.NewFromConfig(c), s, iam.NewFromConfig(c)}
}

// within is the server for a part of the test.
func (s *server) within(t testing.TB) *server {
	part := *s
	part.t = t
	return &part
}

const trustLambda = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// rotationPolicy lets a role do what a rotation function does with the secrets
// whose names begin so (lambda.md, 5).
func rotationPolicy(names string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue",` +
		`"secretsmanager:PutSecretValue","secretsmanager:UpdateSecretVersionStage"],"Resource":"arn:aws:secretsmanager:us-east-1:` + app.Account + `:secret:` + names + `*"},` +
		`{"Effect":"Allow","Action":"secretsmanager:GetRandomPassword","Resource":"*"}]}`
}

const rolePolicy = "may" // the name of each role's only policy

// role makes a role that functions may take on.
func (a *author) role(name, policy string) (arn string) {
	t := a.s.t
	t.Helper()
	made, err := a.iam.CreateRole(t.Context(), &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trustLambda)})
	if err == nil {
		_, err = a.iam.PutRolePolicy(t.Context(), &iam.PutRolePolicyInput{RoleName: &name, PolicyName: aws.String(rolePolicy), PolicyDocument: &policy})
	}
	if err != nil {
		t.Fatal(err)
	}
	return *made.Role.Arn
}

// inPython is a function of one file.
func inPython(source string) lambda.CreateFunctionInput {
	return inFiles("python3.12", files{"index.py": source})
}

// inFiles is a function of some files, with the handler index.handler.
func inFiles(runtime string, f files) lambda.CreateFunctionInput {
	return lambda.CreateFunctionInput{Runtime: types.Runtime(runtime), Handler: aws.String("index.handler"), Code: &types.FunctionCode{ZipFile: f.zip()}}
}

// bring makes a function that Secrets Manager may invoke. Its role, unless it has
// one, may rotate every secret.
func (a *author) bring(name string, in lambda.CreateFunctionInput) (arn string) {
	t := a.s.t
	t.Helper()
	in.FunctionName = &name
	if in.Role == nil {
		in.Role = aws.String(a.role("for-"+name, rotationPolicy("")))
	}
	if in.Timeout == nil {
		in.Timeout = aws.Int32(60)
	}
	made, err := a.CreateFunction(t.Context(), &in)
	if err != nil {
		t.Fatal(err)
	}
	active := lambda.NewFunctionActiveV2Waiter(a)
	if err := active.Wait(t.Context(), &lambda.GetFunctionInput{FunctionName: &name}, patience); err != nil {
		t.Fatal(err)
	}
	a.permit(name, nil, aws.String(app.Account))
	return *made.FunctionArn
}

// permit lets Secrets Manager invoke a function for the secrets of an account, or
// for one of them.
func (a *author) permit(name string, secretARN, account *string) {
	a.s.t.Helper()
	_, err := a.AddPermission(a.s.t.Context(), &lambda.AddPermissionInput{
		FunctionName: &name, StatementId: aws.String("SecretsManagerAccess"), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("secretsmanager.amazonaws.com"), SourceArn: secretARN, SourceAccount: account,
	})
	if err != nil {
		a.s.t.Fatal(err)
	}
}

// invoked is what an invocation answered.
type invoked struct{ payload, failure, log string }

// call invokes a function and waits for its answer.
func (a *author) call(arn, payload string) invoked {
	a.s.t.Helper()
	out, err := a.Invoke(a.s.t.Context(), &lambda.InvokeInput{FunctionName: &arn, Payload: []byte(payload), LogType: types.LogTypeTail})
	if err != nil {
		a.s.t.Fatal(err)
	}
	log, err := base64.StdEncoding.DecodeString(aws.ToString(out.LogResult))
	if err != nil {
		a.s.t.Fatal(err)
	}
	return invoked{string(out.Payload), aws.ToString(out.FunctionError), string(log)}
}

// returns wants a function to answer just that.
func (a *author) returns(arn, payload, want string) {
	a.s.t.Helper()
	if got := a.call(arn, payload); got.payload != want || got.failure != "" {
		a.s.t.Errorf("it answers %s %s, want %s\n%s", got.failure, got.payload, want, got.log)
	}
}

// fails wants a function to fail, with texts in its answer.
func (a *author) fails(arn, payload string, texts ...string) invoked {
	a.s.t.Helper()
	got := a.call(arn, payload)
	for _, text := range texts {
		if got.failure != "Unhandled" || !strings.Contains(got.payload, text) {
			a.s.t.Errorf("it answers %q %s, want Unhandled and %s\n%s", got.failure, got.payload, text, got.log)
		}
	}
	return got
}

// rotatingBy is rotatingFor with a function that was brought.
func (s *server) rotatingBy(arn string, first login) *rotating {
	s.t.Helper()
	return s.rotatingFor(strategy{name: "brought", function: arn}, first, login{})
}

// files are what a deployment package holds, by name. Those whose names end in !
// can be run.
type files map[string]string

// zip packs them as zip does on the command line.
func (f files) zip() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range f {
		h := &zip.FileHeader{Name: strings.TrimSuffix(name, "!"), Method: zip.Deflate, Modified: time.Unix(1, 0)}
		h.SetMode(0o644)
		if strings.HasSuffix(name, "!") {
			h.SetMode(0o755)
		}
		w, err := z.CreateHeader(h)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			panic(err) // memory takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// add puts what a folder holds into another of the package, but for what keep
// refuses.
func (f files) add(t testing.TB, to, folder string, keep func(name string) bool) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !keep(name) {
			return err
		}
		text, err := os.ReadFile(filepath.Join(folder, name))
		f[path.Join(to, name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
