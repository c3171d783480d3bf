package e2e_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// looking is a function that tells which files it can read and which folders it
// can list, and where in its processes' variables it sees a text.
const looking = `
import glob, os

def handler(event, context):
    found = []
    for path in event["paths"]:
        try:
            os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1)
            found.append(path)
        except OSError:
            pass
    for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
        try:
            if event["text"].encode() in open(path, "rb").read():
                found.append(path)
        except OSError:
            pass
    return found
`

// TestFilesOutOfReach: a function finds nothing of the server, of the host or of
// another function.
func TestFilesOutOfReach(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.Env = []string{"CANARY=" + filepath.Base(t.TempDir()) + "-in-the-variables-of-the-server"}
	s.Start()
	a := s.author()
	victim := a.bring("victim", inPython(handles+"return 'alive'"))
	a.returns(victim, "{}", `"alive"`) // its code is unpacked now, and its process waits
	pid := s.pid()
	paths := []string{
		s.Data, filepath.Dir(s.Data), "/etc/shadow", "/root", "/home", "/run",
		"/proc/1/root/etc/shadow", "/proc/self/root/etc/shadow", "/var/task/../../../etc/shadow",
		fmt.Sprintf("/proc/%d/environ", pid), fmt.Sprintf("/proc/%d/root/etc/shadow", pid), fmt.Sprintf("/proc/%d/fd", pid),
	}
	for _, name := range []string{"root.key", "alberti.db", "alberti.db-wal", "aws-credentials", "audit"} {
		paths = append(paths, filepath.Join(s.Data, name))
	}
	theirs, err := filepath.Glob(s.Functions + "/code/*/task/index.py")
	if err != nil || len(theirs) != 1 {
		t.Fatalf("the victim's code is at %v, %v", theirs, err)
	}
	for path := theirs[0]; path != filepath.Dir(workplace); path = filepath.Dir(path) {
		paths = append(paths, path)
	}
	const own = "/var/task/index.py"
	event, err := json.Marshal(map[string]any{"paths": append(paths, own), "text": strings.TrimPrefix(s.Env[0], "CANARY=")})
	if err != nil {
		t.Fatal(err)
	}
	spy := a.bring("spy", inPython(looking))
	a.returns(spy, string(event), `["`+own+`"]`)
	a.returns(victim, "{}", `"alive"`)
	if s.pid() != pid {
		t.Error("the server is another one")
	}
}

// pid is the server's.
func (s *server) pid() int {
	s.t.Helper()
	all := processesWith("--data\x00" + s.Data)
	if len(all) != 1 {
		s.t.Fatalf("processes of the server: %v", all)
	}
	return all[0]
}

// processesWith are the processes of this host whose command line has a text.
func processesWith(text string) (pids []int) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		var pid int
		if _, err := fmt.Sscan(e.Name(), &pid); err != nil {
			continue
		}
		if line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline"); strings.Contains(string(line), text) {
			pids = append(pids, pid)
		}
	}
	return pids
}

// writing is a function that writes to the secret, and as the version, that its
// variables or else its event names.
const writing = `
import boto3, os
client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])

def handler(event, context):
    client.put_secret_value(
        SecretId=os.environ.get("VICTIM") or event["SecretId"], SecretString="stolen",
        ClientRequestToken=os.environ.get("VERSION") or event["ClientRequestToken"], VersionStages=["AWSPENDING"])
    return "written"
`

// TestSecretsOfOthers: a function writes what its role lets it write, and of
// another secret's rotation nothing even then.
func TestSecretsOfOthers(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.author()
	failing := a.bring("failing", inPython(handles+"raise ValueError('not yet')"))
	victim := s.rotatingBy(failing, newUser(t))
	victim.Rotate()
	victim.failed("createSecret", "ValueError: not yet") // its AWSPENDING has no value yet
	thief := func(name, role string) (arn string) {
		in := inPython(writing)
		in.Role = aws.String(role)
		in.Environment = &types.Environment{Variables: map[string]string{"VICTIM": victim.Name, "VERSION": victim.Token}}
		return a.bring(name, in)
	}
	for arn, texts := range map[string][]string{
		thief("narrow", a.role("own-only", rotationPolicy("own/"))): {
			"AccessDeniedException", "assumed-role/own-only/narrow is not authorized to perform: secretsmanager:PutSecretValue",
			"because no identity-based policy allows the secretsmanager:PutSecretValue action",
		},
		thief("wide", a.role("all", rotationPolicy(""))): {
			"InvalidRequestException", "Pending secret version ", "was not created by Lambda " + failing,
		},
	} {
		a.fails(arn, "{}", texts...)
		r := s.rotatingBy(arn, newUser(t))
		r.Rotate()
		r.failed("createSecret", texts...)
		r.untouched()
	}
	victim.untouched()
}

// TestPolicyIsTakenAway from the role of a function whose environment is warm: the
// credentials that it has are good for nothing from then on.
func TestPolicyIsTakenAway(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.author()
	arn := a.bring("writer", inPython(writing))
	r := s.rotatingBy(arn, newUser(t))
	own := create(t, s.Client(), "own", "before")
	event := fmt.Sprintf(`{"SecretId":%q,"ClientRequestToken":"00000000-0000-4000-8000-0123456789ab"}`, own)
	a.returns(arn, event, `"written"`)
	if _, err := a.iam.DeleteRolePolicy(t.Context(), &iam.DeleteRolePolicyInput{RoleName: aws.String("for-writer"), PolicyName: aws.String(rolePolicy)}); err != nil {
		t.Fatal(err)
	}
	const refusal = "is not authorized to perform: secretsmanager:PutSecretValue"
	if got := a.fails(arn, event, "AccessDeniedException", refusal); strings.Contains(got.log, "INIT_START") {
		t.Errorf("it was started anew:\n%s", got.log)
	}
	r.Rotate()
	r.failed("createSecret", "AccessDeniedException", refusal)
	r.untouched()
}

// TestRotateWithoutPermission: what Secrets Manager may not invoke is not made a
// secret's function, and nothing of the request is stored.
func TestRotateWithoutPermission(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.author()
	arn := a.bring("guarded", inPython(handles+"raise ValueError('invoked')"))
	c := s.Client()
	name, token := "secret", "00000000-0000-4000-8000-0123456789ab"
	user := newUser(t)
	own, other := create(t, c, name, user.JSON()), create(t, c, "other", "x")
	rotate := func() error {
		_, err := c.RotateSecret(t.Context(), &sdk.RotateSecretInput{SecretId: &name, ClientRequestToken: &token, RotationLambdaARN: &arn, RotationRules: rules()})
		return err
	}
	for _, permission := range []struct{ arn, account *string }{
		{}, {nil, aws.String("111111111111")}, {&other, nil}, {&own, aws.String("111111111111")},
	} {
		if _, err := a.RemovePermission(t.Context(), &lambda.RemovePermissionInput{FunctionName: &arn, StatementId: aws.String("SecretsManagerAccess")}); err != nil {
			t.Fatal(err)
		}
		if permission.arn == nil && permission.account == nil {
			wantCode(t, rotate(), "AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.")
		}
		a.permit("guarded", permission.arn, permission.account)
		if permission.arn == nil && permission.account == nil {
			continue // which is a permission for everybody's secrets
		}
		wantCode(t, rotate(), "AccessDeniedException", "Secrets Manager cannot invoke the specified Lambda function.")
		d, err := c.DescribeSecret(t.Context(), &sdk.DescribeSecretInput{SecretId: &name})
		if err != nil || d.RotationEnabled != nil || d.RotationLambdaARN != nil || d.RotationRules != nil || len(d.VersionIdsToStages) != 1 {
			t.Errorf("%+v, %v", d, err)
		}
	}
	if _, err := a.RemovePermission(t.Context(), &lambda.RemovePermissionInput{FunctionName: &arn, StatementId: aws.String("SecretsManagerAccess")}); err != nil {
		t.Fatal(err)
	}
	a.permit("guarded", &own, nil)
	if err := rotate(); err != nil {
		t.Error(err)
	}
	r := &rotating{s: s, strategy: strategy{name: "guarded", function: arn}, Name: name, First: user, Token: token}
	r.failed("createSecret", "ValueError: invoked")
}
