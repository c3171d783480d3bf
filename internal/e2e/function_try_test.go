package e2e_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/authoring"
)

// trialLimit is how long a trial may take on a busy machine: it packs and unpacks a
// function and starts an interpreter.
const trialLimit = 3 * time.Minute

// nodeModules is where script/install-deps puts what functions for Node need.
const nodeModules = "/var/tmp/alberti-servers/node-functions/node_modules"

// change is a text of a function's file, and what stands there instead.
type change struct{ file, from, to string }

// made marks the values that the function makes, for faults in what it does with
// them.
var made = change{"rotation.mjs", "password: await run.newPassword() }", "password: await run.newPassword(), made: true }"}

// nodeTemplate writes the function for PostgreSQL in Node.js, and changes it.
func nodeTemplate(t *testing.T, changes ...change) (dir string) {
	t.Helper()
	f, err := authoring.Find("nodejs", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "rotate")
	if _, err := f.Write(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(nodeModules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		path := filepath.Join(dir, c.file)
		text, err := os.ReadFile(path)
		if err != nil || strings.Count(string(text), c.from) != 1 {
			t.Fatalf("%s has %q %d times: %v", c.file, c.from, strings.Count(string(text), c.from), err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), c.from, c.to, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// trial is alberti function test on a secret of a server.
type trial struct {
	s     *server
	first login // of the secret
	name  string
	id    string // of its current version
}

// newTrial makes a secret for a login, as nobody but the trial uses it.
func newTrial(t *testing.T, s *server, first login) *trial {
	t.Helper()
	first.TLS = "false"
	tr := &trial{s: s, first: first, name: "app/" + first.User}
	create(t, s.Client(), tr.name, first.JSON())
	tr.id = tr.current(t)
	return tr
}

func (tr *trial) current(t *testing.T) string {
	t.Helper()
	out, err := tr.s.Client().GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: &tr.name})
	if err != nil {
		t.Fatal(err)
	}
	return *out.VersionId
}

func (tr *trial) command(t *testing.T, dir string, more ...string) *exec.Cmd {
	ctx, cancel := context.WithTimeout(t.Context(), trialLimit)
	t.Cleanup(cancel)
	return exec.CommandContext(ctx, program, append([]string{"function", "test", dir, "--secret", tr.name, "--data", tr.s.Data}, more...)...)
}

func (tr *trial) run(t *testing.T, dir string, more ...string) result {
	t.Helper()
	cmd := tr.command(t, dir, more...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil || !cmd.ProcessState.Exited() {
		t.Fatalf("%v\n%s%s", err, &stdout, &stderr)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// says wants an exit code, and texts in this order in what was printed; nothing
// secret is.
func (tr *trial) says(t *testing.T, r result, code int, texts ...string) {
	t.Helper()
	rest, all := r.stdout+r.stderr, r.stdout+r.stderr
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Errorf("it does not say %q, or not there:\n%s", text, all)
			break
		}
		rest = after
	}
	if r.code != code || strings.Contains(all, tr.first.Password) {
		t.Errorf("exit %d, want %d and no password in:\n%s", r.code, code, all)
	}
}

// untouched wants the secret to be as it was, and to log in.
func (tr *trial) untouched(t *testing.T) {
	t.Helper()
	if id := tr.current(t); id != tr.id {
		t.Errorf("the secret's version was %s and is %s", tr.id, id)
	}
	tr.first.works(t)
}

// left wants a number of secrets more than that of the trial itself, and nothing
// else that it made. It gives their names.
func (tr *trial) left(t *testing.T, secrets int) (names []string) {
	t.Helper()
	c := newCLI(t, tr.s)
	for _, list := range []string{"lambda list-functions", "iam list-roles", "logs describe-log-groups"} {
		service, line, _ := strings.Cut(list, " ")
		stdout, stderr, code := c.of(service, line)
		if code != 0 || strings.Contains(stdout, "alberti-trial") {
			t.Errorf("aws %s: exit %d\n%s%s", list, code, stdout, stderr)
		}
	}
	out, err := tr.s.Client().ListSecrets(t.Context(), &sdk.ListSecretsInput{})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range out.SecretList {
		if strings.Contains(*s.Name, "-trial-") {
			names = append(names, *s.Name)
		}
	}
	if len(names) != secrets {
		t.Errorf("%d secrets of trials are left: %v", len(names), names)
	}
	return names
}

// TestFunctionTest tries a good function, and leaves no trace.
func TestFunctionTest(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, serve(t), newUser(t))
	r := tr.run(t, nodeTemplate(t), "--env", "PASSWORD_LENGTH=20")
	tr.says(t, r, 0, "nodejs22.x, index.handler", "with the password that "+tr.name+" has:", "testSecret    ok", tr.first.User, "logins with "+tr.name+" are refused",
		"createSecret  ok", "setSecret     ok", "testSecret    ok", "finishSecret  ok",
		"setting back:", "setSecret     ok", "testSecret    ok", "nothing of the trial is left")
	tr.untouched(t)
	tr.left(t, 0)
}

// faults are what is wrong with functions that can still set the password back.
var faults = map[string]struct {
	changes []change
	says    []string
}{
	"createSecret": {[]change{{"rotation.mjs", "async createSecret(run) {", "async createSecret(run) { throw new Error(`no luck`);"}},
		[]string{"createSecret  failed", "Error: no luck", "was not told of the new password", "alberti: createSecret failed"}},
	"setSecret, once it has changed the password": {[]change{made, {"rotation.mjs", "if (await use(run, { ...current, password: old.password }, change)) {",
		"if (await use(run, { ...current, password: old.password }, change)) { if (pending.made) throw new Error(`gone: ${pending.password}`);"}},
		[]string{"createSecret  ok", "setSecret     failed", "Error: gone: [redacted]", "log: ", "setting back:", "setSecret     ok", "testSecret    ok", "alberti: setSecret failed"}},
	"testSecret": {[]change{made, {"target.mjs", `client.query("SELECT 1")`, "client.query(value.made ? `SELECT 1/0` : `SELECT 1`)"}},
		[]string{"setSecret     ok", "testSecret    failed", "division by zero", "log: ", "setting back:", "testSecret    ok", "alberti: testSecret failed"}},
	"finishSecret": {[]change{{"rotation.mjs", "async finishSecret(run) {", "async finishSecret(run) { return;"}},
		[]string{"testSecret    ok", "finishSecret  failed", "AWSCURRENT is not on version", "setting back:", "testSecret    ok", "alberti: finishSecret failed"}},
}

// TestFunctionTestFails tries functions that fail at every step, and wants the
// password to be set back whatever it was changed to.
func TestFunctionTestFails(t *testing.T) {
	t.Parallel()
	tr := &trial{s: serve(t)}
	t.Run("faults", func(t *testing.T) {
		for name, c := range faults {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				tr := newTrial(t, tr.s, newUser(t))
				tr.says(t, tr.run(t, nodeTemplate(t, c.changes...)), 1, c.says...)
				tr.untouched(t)
			})
		}
	})
	tr.left(t, 0)
}

// TestFunctionTestRetried has the server try again while the first failure is looked
// at. Whether the password is changed then is a matter of time; that it is as it was
// afterwards is not.
func TestFunctionTestRetried(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, serve(t, "--rotation-retry", "1ms"), newUser(t))
	dir := nodeTemplate(t, change{"rotation.mjs", "async createSecret(run) {", "async createSecret(run) { if (!globalThis.tried) { globalThis.tried = true; throw new Error(`no luck`); }"})
	r := tr.run(t, dir, "--timeout", "10s")
	tr.says(t, r, 1, "createSecret  failed", "nothing of the trial is left", "alberti: createSecret failed")
	tr.untouched(t)
}

// TestFunctionTestRole tries a function with a role that may not write, which is
// still there afterwards.
func TestFunctionTestRole(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, serve(t), newUser(t))
	c := newCLI(t, tr.s)
	c.named["trust"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	c.named["reads"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue","secretsmanager:GetRandomPassword"],"Resource":"*"}]}`
	c.iam("create-role --role-name Reader --assume-role-policy-document $trust")
	c.iam("put-role-policy --role-name Reader --policy-name reads --policy-document $reads")
	r := tr.run(t, nodeTemplate(t), "--role", "arn:aws:iam::000000000000:role/Reader")
	tr.says(t, r, 1, "testSecret    ok", "createSecret  failed", "AccessDeniedException", "secretsmanager:PutSecretValue", "nothing of the trial is left")
	c.iam("get-role-policy --role-name Reader --policy-name reads")
	tr.untouched(t)
	tr.left(t, 0)
}

// TestFunctionTestProves changes nothing where the function could not prove that the
// password was set back.
func TestFunctionTestProves(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, serve(t), newUser(t))
	dir := nodeTemplate(t, change{"target.mjs", `client.query("SELECT 1")`, "client.query(`SELECT 1/0`)"})
	r := tr.run(t, dir)
	tr.says(t, r, 1, "testSecret    failed", "division by zero", "log: ", "nothing of the trial is left",
		"alberti: testSecret failed with the password that "+tr.name+" has: nothing was changed")
	if strings.Contains(r.stdout, "createSecret") {
		t.Errorf("it went on:\n%s", r.stdout)
	}
	tr.untouched(t)
	tr.left(t, 0)
}

// TestFunctionTestKeeps tries a function that changes the password, and then
// refuses to do anything: its password must not be lost.
func TestFunctionTestKeeps(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, serve(t), newUser(t))
	r := tr.run(t, nodeTemplate(t, made,
		change{"rotation.mjs", "async setSecret(run) {", "async setSecret(run) { if (!(await run.needed(PENDING)).made) throw new Error(`out of order`);"},
		change{"rotation.mjs", "if (await use(run, { ...current, password: old.password }, change)) {",
			"if (await use(run, { ...current, password: old.password }, change)) { throw new Error(`broken`);"}))
	kept := tr.left(t, 1)
	if len(kept) == 0 {
		return
	}
	tr.says(t, r, 1, "setSecret     failed", "broken", "setting back:", "setSecret     failed", "out of order",
		"THE PASSWORD WAS NOT SET BACK", "The secret "+kept[0]+" is kept", "--secret-id "+kept[0]+" --version-stage TRIAL",
		"alberti: setSecret failed; the password was not set back: setSecret failed: Error: out of order")
	tr.first.isRefused(t)
	saved := parse[login](t, value(t, tr.s.Client(), kept[0], "TRIAL"))
	saved.works(t)
	if strings.Contains(r.stdout+r.stderr, saved.Password) {
		t.Errorf("it says the new password:\n%s%s", r.stdout, r.stderr)
	}
}

// TestFunctionTestInterrupted ends a trial while the function is at work, with its
// password in force.
func TestFunctionTestInterrupted(t *testing.T) {
	t.Parallel()
	tr := newTrial(t, serve(t), newUser(t))
	cmd := tr.command(t, nodeTemplate(t, made, change{"rotation.mjs", "if (await use(run, { ...current, password: old.password }, change)) {",
		"if (await use(run, { ...current, password: old.password }, change)) { if (pending.made) await new Promise((r) => setTimeout(r, 3000));"}))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), trialLimit)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); database(t).CanLogin(ctx, tr.first.User, tr.first.Password, "postgres") == nil; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the password was never changed")
		}
	}
	for range 2 { // somebody in a hurry
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	cmd.Wait()
	tr.says(t, result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}, 1,
		"interrupted: when the step under way has ended", "setSecret     ok", "setting back:", "testSecret    ok", "nothing of the trial is left", "alberti: interrupted")
	tr.untouched(t)
	tr.left(t, 0)
}

// TestFunctionTestAlternating tries the function in Go, whose users take turns. The
// secret logs in all the time, and where the other user has a password that the
// secret knows, that is set back.
func TestFunctionTestAlternating(t *testing.T) {
	t.Parallel()
	const dir = "../../authoring/templates/go/postgres"
	s := serve(t)
	first := newUser(t)
	first.TLS = "false"
	admin := administrator(t)
	admin.TLS = "false"
	rotates := s.rotatingFor(alternating, first, admin)
	tr := &trial{s: s, first: rotates.First, name: rotates.Name}
	tr.id = tr.current(t)
	tr.says(t, tr.run(t, dir), 1, "note: "+tr.name+" has a masterarn", "say --yes")
	tr.untouched(t)
	tr.says(t, tr.run(t, dir, "--yes"), 0, "provided.al2023", "finishSecret  ok", "testSecret    ok",
		`user "`+first.User+`_clone" may be new at the target`, "nothing of the trial is left")
	tr.untouched(t)

	if err := database(t).Exec(t.Context(), "DROP ROLE "+first.User+"_clone"); err != nil { // as it says
		t.Fatal(err)
	}
	rotates.Rotate()
	rotates.Succeeds()
	now := parse[login](t, value(t, s.Client(), tr.name))
	tr.id = tr.current(t)
	tr.says(t, tr.run(t, dir), 0, "finishSecret  ok", "testSecret    ok", "setting back:", "setSecret     ok", "testSecret    ok")
	tr.untouched(t) // AWSPREVIOUS logs in
	now.works(t)
	tr.left(t, 0)
}

// TestFunctionTestRefuses does nothing where it is not told enough, or cannot.
func TestFunctionTestRefuses(t *testing.T) {
	t.Parallel()
	s := serve(t)
	dir := nodeTemplate(t)
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{dir, 2, "--secret is missing"},
		{"--secret app", 2, "usage: alberti function test DIR"},
		{dir + " --secret app --timeout 20m", 2, "--timeout"},
		{dir + " --secret app --env X", 2, "--env"},
		{dir + " --secret app", 1, "can't find the specified secret"},
		{dir + " --secret app --runtime cobol", 1, "there is no runtime"},
		{dir + " --secret app --runtime python", 1, "has no function"},
		{t.TempDir() + " --secret app", 1, "has no function"},
	} {
		s.Run(append([]string{"function", "test"}, strings.Fields(c.args)...)...).refused(t, c.code, c.says)
	}

	tr := newTrial(t, s, newUser(t))
	role := "arn:aws:iam::000000000000:role/none"
	tr.says(t, tr.run(t, dir, "--role", role), 1, "nothing of the trial is left", "cannot be assumed by Lambda")
	create(t, s.Client(), "key", "a key of some service")
	unknown := &trial{s: s, name: "key", first: login{Password: "a key of some service"}}
	unknown.says(t, unknown.run(t, dir), 1, "note: the value of key has no username and password", "say --yes")
	tr.untouched(t)
	tr.left(t, 0)
}
