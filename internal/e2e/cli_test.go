package e2e_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// cli is the AWS CLI as it was installed, on a server.
type cli struct {
	t      *testing.T
	s      *server
	env    []string
	told   bool              // the address, for it does not find it by itself
	named  map[string]string // $name in a command line
	called []string          // operations, as on the command line
}

// newCLI sets the CLI up with the server's files. Versions too old to take the
// address from there are told it.
func newCLI(t *testing.T, s *server) *cli {
	t.Helper()
	c := &cli{t: t, s: s, named: map[string]string{}, env: clientEnv(t, s), told: !findsEndpoint(t)}
	if !strings.Contains(listSecretsOfCLI(), newestMember) {
		c.env = append(c.env, ourModel(t))
	}
	return c
}

// listSecretsOfCLI is what the CLI knows of ListSecrets.
var listSecretsOfCLI = sync.OnceValue(func() string {
	out, err := exec.Command("aws", "secretsmanager", "list-secrets", "--region", "eu-west-1", "--generate-cli-skeleton").CombinedOutput()
	if err != nil {
		panic(fmt.Sprintf("aws secretsmanager list-secrets: %v\n%s", err, out))
	}
	return string(out)
})

// endpoint is where the server is now, for a CLI that has to be told.
func (c *cli) endpoint() []string {
	if !c.told {
		return nil
	}
	return []string{"--endpoint-url", c.s.URL}
}

// newestMember is what clients know whose service model is as new as ours.
const newestMember = "SortBy"

// ourModel has a client, as Debian has them, call operations that are newer than
// itself: it takes AWS's service model from here, as it took its own from AWS.
func ourModel(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../secretsmanager/model.json")
	if err != nil {
		t.Fatal(err)
	}
	data := t.TempDir()
	folder := filepath.Join(data, "secretsmanager", "2017-10-17")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	replace(t, filepath.Join(folder, "service-2.json"), text)
	return "AWS_DATA_PATH=" + data
}

// clientEnv is an environment in which a client of AWS finds what the server
// keeps for it, and nothing of anybody else's.
func clientEnv(t *testing.T, s *server) []string {
	return append(os.Environ(),
		"AWS_CONFIG_FILE="+filepath.Join(s.Data, "aws-config"),
		"AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(s.Data, "aws-credentials"),
		"HOME="+t.TempDir(), "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true",
	)
}

// findsEndpoint tells whether the CLI is new enough to read endpoint_url and
// AWS_ENDPOINT_URL: version 1.29 or 2.13.
func findsEndpoint(t *testing.T) bool {
	t.Helper()
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Fatalf("%v: install the AWS CLI, as script/install-deps does", err)
	}
	out, err := exec.Command(path, "--version").CombinedOutput()
	if err != nil {
		t.Fatalf("aws --version: %v\n%s", err, out)
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(out), "aws-cli/%d.%d", &major, &minor); err != nil {
		t.Fatalf("aws --version says %q", out)
	}
	return major == 1 && minor >= 29 || major == 2 && minor >= 13 || major > 2
}

// try runs aws secretsmanager with a line of arguments, in which $name stands
// for what is known under that name.
func (c *cli) try(line string) (stdout, stderr string, code int) {
	c.t.Helper()
	args := append([]string{"secretsmanager"}, c.endpoint()...)
	operation, _, _ := strings.Cut(line, " ")
	c.called = append(c.called, operation)
	for word := range strings.FieldsSeq(line) {
		args = append(args, os.Expand(word, func(name string) string { return c.named[name] }))
	}
	return c.run(exec.Command("aws", args...))
}

func (c *cli) run(cmd *exec.Cmd) (string, string, int) {
	c.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = c.env, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		c.t.Fatal(err)
	}
	return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
}

// aws runs a line that must succeed and gives the answer.
func (c *cli) aws(line string) map[string]any {
	c.t.Helper()
	stdout, stderr, code := c.try(line)
	if code != 0 {
		c.t.Fatalf("aws secretsmanager %s: exit %d\n%s", line, code, stderr)
	}
	if stdout == "" {
		return nil
	}
	return parse[map[string]any](c.t, stdout)
}

// refuses runs a line that must be refused, and looks for the code.
func (c *cli) refuses(line, code string) {
	c.t.Helper()
	_, stderr, exit := c.try(line)
	if exit == 0 || !strings.Contains(stderr, "("+code+")") {
		c.t.Errorf("aws secretsmanager %s: exit %d, %s; want %s", line, exit, stderr, code)
	}
}

// has wants members of an answer, name and value as JSON prints them.
func (c *cli) has(answer map[string]any, members ...string) {
	c.t.Helper()
	for i := 0; i < len(members); i += 2 {
		if got := fmt.Sprint(answer[members[i]]); got != members[i+1] {
			c.t.Errorf("%s is %s, want %s", members[i], got, members[i+1])
		}
	}
}

// TestAWSCLI is a day in the life of a secret, told to the AWS CLI.
func TestAWSCLI(t *testing.T) {
	t.Parallel()
	s := serve(t)
	c := newCLI(t, s)
	user := newUser(t)
	c.named["login"], c.named["function"], c.named["rate"] = user.JSON(), single.function, "rate(4 hours)"

	made := c.aws("create-secret --name cli/db --description first --secret-string one --tags Key=team,Value=red")
	c.named["arn"], c.named["v1"] = made["ARN"].(string), made["VersionId"].(string)
	c.has(c.aws("get-secret-value --secret-id cli/db"), "SecretString", "one", "VersionStages", "[AWSCURRENT]")
	c.refuses("create-secret --name cli/db --secret-string two", "ResourceExistsException")

	c.has(c.aws("put-secret-value --secret-id $arn --secret-string two"), "VersionStages", "[AWSCURRENT]")
	c.aws("update-secret --secret-id cli/db --description second --secret-string $login")
	c.aws("update-secret-version-stage --secret-id cli/db --version-stage OLD --move-to-version-id $v1")
	c.has(c.aws("get-secret-value --secret-id cli/db --version-stage OLD"), "SecretString", "one", "VersionId", c.named["v1"])
	c.aws("tag-resource --secret-id cli/db --tags Key=env,Value=test")
	c.aws("untag-resource --secret-id cli/db --tag-keys team")

	c.aws("rotate-secret --secret-id cli/db --rotation-lambda-arn $function --rotation-rules ScheduleExpression=$rate,Duration=1h --client-request-token " + c.token())
	r := &rotating{s: s, strategy: single, Name: "cli/db", First: user, Token: c.named["token"]}
	r.Succeeds()
	r.Rotated(user)

	d := c.aws("describe-secret --secret-id cli/db")
	c.has(d, "Name", "cli/db", "Description", "second", "RotationEnabled", "true", "Tags", "[map[Key:env Value:test]]",
		"RotationRules", "map[AutomaticallyAfterDays:1 Duration:1h ScheduleExpression:rate(4 hours)]")
	for _, date := range []string{"CreatedDate", "LastChangedDate", "LastRotatedDate", "NextRotationDate"} {
		if d[date] == nil {
			t.Errorf("there is no %s: %v", date, d)
		}
	}
	c.aws("cancel-rotate-secret --secret-id cli/db")
	versions := c.aws("list-secret-version-ids --secret-id cli/db --include-deprecated")["Versions"].([]any)
	if len(versions) != 4 {
		t.Errorf("%d versions: %v", len(versions), versions)
	}
	list := c.aws("list-secrets --filters Key=name,Values=cli/")["SecretList"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["Name"] != "cli/db" {
		t.Errorf("listed %v", list)
	}
	c.named["policy"] = `{"Statement":{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"secretsmanager:*","Resource":"*"}}`
	c.has(c.aws("validate-resource-policy --resource-policy $policy"), "PolicyValidationPassed", "true")
	c.aws("put-resource-policy --secret-id cli/db --resource-policy $policy --block-public-policy")
	c.has(c.aws("get-resource-policy --secret-id cli/db"), "ResourcePolicy", c.named["policy"])
	c.aws("delete-resource-policy --secret-id cli/db")
	if batch := c.aws("batch-get-secret-value --secret-id-list cli/db cli/nothing"); len(batch["SecretValues"].([]any)) != 1 || len(batch["Errors"].([]any)) != 1 {
		t.Errorf("the batch: %v", batch)
	}
	c.aws("replicate-secret-to-regions --secret-id cli/db --add-replica-regions Region=" + abroad)
	s.follows("cli/db", value(t, s.Client(), "cli/db"))
	c.aws("stop-replication-to-replica --secret-id cli/db --region " + abroad)
	c.aws("remove-regions-from-replication --secret-id cli/db --remove-replica-regions " + abroad)
	password := c.aws("get-random-password --password-length 40 --exclude-punctuation")["RandomPassword"].(string)
	if len(password) != 40 {
		t.Errorf("a password of %d characters", len(password))
	}
	c.aws("delete-secret --secret-id cli/db --recovery-window-in-days 7")
	c.refuses("get-secret-value --secret-id cli/db", "InvalidRequestException")
	c.aws("restore-secret --secret-id cli/db")
	c.refuses("get-secret-value --secret-id cli/nothing", "ResourceNotFoundException")
	for _, operation := range operations(t, s) {
		if !slices.Contains(c.called, dashed(operation)) {
			t.Errorf("%s was never called", operation)
		}
	}
}

// token makes a ClientRequestToken, which is then known by that name.
func (c *cli) token() string {
	c.named["token"] = "00000000-0000-4000-8000-0123456789ab"
	return c.named["token"]
}

// TestAlbertiEnv has a shell take what the CLI needs from alberti env.
func TestAlbertiEnv(t *testing.T) {
	t.Parallel()
	s := serve(t)
	create(t, s.Client(), "from/env", "x")
	c := newCLI(t, s)
	c.env = append(os.Environ(), "HOME="+t.TempDir(), "AWS_PAGER=")
	endpoint := ""
	if c.told {
		endpoint = `--endpoint-url "$AWS_ENDPOINT_URL" `
	}
	script := fmt.Sprintf(`eval "$(%s env --data '%s')" && aws secretsmanager list-secrets %s--output json`, program, s.Data, endpoint)
	stdout, stderr, code := c.run(exec.Command("sh", "-euc", script))
	if code != 0 || !strings.Contains(stdout, `"Name": "from/env"`) {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	// The same environment serves the program's own commands, without --data.
	script = fmt.Sprintf(`eval "$(%s env --data '%s')" && %s rotation list`, program, s.Data, program)
	if stdout, stderr, code := c.run(exec.Command("sh", "-euc", script)); code != 0 || stdout != "no secret rotates yet\n" {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
}
