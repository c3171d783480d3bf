package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/authoring/api"
	"github.com/alberti-dev/alberti/secret"
)

// scratch is what a trial makes for itself.
type scratch struct {
	secret   string // its name. Policies for names like the original's hold for it too
	function string // of the function and the role
	arn      string // of the secret, once it is made
	lambda   string // ARN of the function, once it is made
	first    string // the version with the original's value
	token    string // the version that the function makes
	invoked  bool   // the function may have been
	quiet    bool   // no step is under way
	keep     bool   // the secret: it may have the only copy of a password in force
}

func scratchOf(o original, suffix string) scratch {
	return scratch{
		secret: o.name + "-trial-" + suffix, function: "alberti-trial-" + suffix, first: uuid.NewString(), token: uuid.NewString(),
	}
}

// Trust lets Lambda assume a role, and nobody else.
const Trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

const (
	policyName = "trial"

	secretsPrincipal = "secretsmanager.amazonaws.com"
	memory           = 512              // MB of the function
	activation       = 30 * time.Second // of a new function
)

// make makes the secret, the role and the function.
func (t *trial) make(ctx context.Context) error {
	if err := t.copy(ctx); err != nil {
		return fmt.Errorf("making the copy: %w", err)
	}
	role, err := t.role(ctx)
	if err != nil {
		return fmt.Errorf("making the role: %w", err)
	}
	if err := t.function(ctx, role); err != nil {
		return fmt.Errorf("making the function: %w", err)
	}
	return nil
}

// copy makes the secret, with the original's previous value too: functions look
// there for passwords, and for whose a second user is.
func (t *trial) copy(ctx context.Context) error {
	in := api.NewSecret{
		Name: t.scratch.secret, Version: t.scratch.first, KMSKeyID: t.original.key, Tags: t.original.tags, Value: t.original.value.Value,
		Description: "Copy of " + t.original.name + " made by alberti function test. If none is at work: where the password of " +
			t.original.name + " does not log in, one of the versions here does.",
	}
	if t.original.previous != nil {
		in.Value = t.original.previous.Value
	}
	var err error
	if t.scratch.arn, err = t.API.CreateSecret(ctx, in); err != nil || t.original.previous == nil {
		return err
	}
	t.scratch.first, err = t.put(ctx, t.original.value, secret.Current)
	return err
}

// role gives the ARN of the function's role.
func (t *trial) role(ctx context.Context) (string, error) {
	if t.Role != "" {
		return t.Role, nil
	}
	arn, err := t.API.CreateRole(ctx, t.scratch.function, Trust, "made by alberti function test")
	if err != nil {
		return "", err
	}
	document, err := json.Marshal(policyFor(t.scratch.arn, t.original.master, t.Function.Runtime))
	if err != nil {
		return "", err
	}
	return arn, t.API.PutRolePolicy(ctx, t.scratch.function, policyName, string(document))
}

// policy is a document of IAM's.
type policy struct {
	Version   string
	Statement []statement
}

type statement struct {
	Effect, Resource string
	Action           []string
}

// policyFor is what a rotation function needs, and no more (doc/functions.md,
// Environment).
func policyFor(secretARN, masterARN, runtime string) policy {
	own := []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue", "secretsmanager:UpdateSecretVersionStage"}
	if strings.HasPrefix(runtime, "provided") {
		own = append(own, "secretsmanager:ListSecretVersionIds") // what package rotator makes looks at older versions too
	}
	p := policy{"2012-10-17", []statement{
		{"Allow", secretARN, own},
		{"Allow", "*", []string{"secretsmanager:GetRandomPassword"}},
	}}
	if masterARN != "" {
		p.Statement = append(p.Statement, statement{"Allow", masterARN, []string{"secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"}})
	}
	return p
}

func (t *trial) function(ctx context.Context, role string) error {
	var err error
	t.scratch.lambda, err = t.API.CreateFunction(ctx, api.Function{
		FunctionName: t.scratch.function, Role: role, Runtime: t.Function.Runtime, Handler: t.Function.Handler,
		Code: api.Code{ZipFile: t.Function.Zip}, Timeout: int(t.Timeout / time.Second), MemorySize: memory,
		Environment: api.Environment{Variables: t.Env},
	})
	if err != nil {
		return err
	}
	if err := t.active(ctx); err != nil {
		return err
	}
	return t.API.AddPermission(ctx, t.scratch.function, api.Permission{
		StatementID: policyName, Action: "lambda:InvokeFunction", Principal: secretsPrincipal, SourceARN: t.scratch.arn,
	})
}

// active waits until the new function can be invoked.
func (t *trial) active(ctx context.Context) error {
	for began := t.Now(); ; pause(ctx, poll) {
		switch state, reason, err := t.API.GetFunction(ctx, t.scratch.function); {
		case err != nil || state == "Active":
			return err
		case state == "Failed":
			return errors.New(reason)
		case t.Now().Sub(began) > activation:
			return fmt.Errorf("it is not active after %v", activation)
		}
	}
}

// remove takes away what the trial made, but a secret that is kept. It goes on
// where one thing cannot be removed.
func (t *trial) remove(ctx context.Context) error {
	gone := []error{t.removeSecret(ctx), t.removeFunction(ctx), t.removeRole(ctx), t.removeLog(ctx)}
	if err := errors.Join(gone...); err != nil {
		return fmt.Errorf("not everything of the trial could be removed: %w", err)
	}
	if !t.scratch.keep {
		t.Say("nothing of the trial is left")
	}
	return nil
}

// removeSecret ends the rotation before anything else: what is deleted must not be
// rotated once more.
func (t *trial) removeSecret(ctx context.Context) error {
	err := t.API.CancelRotateSecret(ctx, t.scratch.secret)
	if missing(err) {
		return nil
	}
	if err == nil && !t.scratch.keep {
		err = t.API.DeleteSecret(ctx, t.scratch.secret)
	}
	return named("secret "+t.scratch.secret, err)
}

func (t *trial) removeFunction(ctx context.Context) error {
	err := t.API.DeleteFunction(ctx, t.scratch.function)
	if missing(err) {
		return nil
	}
	return named("function "+t.scratch.function, err)
}

func (t *trial) removeRole(ctx context.Context) error {
	if t.Role != "" {
		return nil
	}
	policyErr := t.API.DeleteRolePolicy(ctx, t.scratch.function, policyName)
	err := t.API.DeleteRole(ctx, t.scratch.function)
	if api.CodeOf(err) == api.NoSuchEntity {
		return nil
	}
	if err != nil {
		err = errors.Join(policyErr, err)
	}
	return named("role "+t.scratch.function, err)
}

// logDelay is how long the last lines of a log may take to be there: the server
// writes them down once a second.
const logDelay = 2 * time.Second

func (t *trial) removeLog(ctx context.Context) error {
	if !t.scratch.invoked {
		return nil
	}
	pause(ctx, logDelay)
	group := "/aws/lambda/" + t.scratch.function
	err := t.API.DeleteLogGroup(ctx, group)
	if missing(err) {
		return nil
	}
	return named("log group "+group, err)
}

// pause waits, unless the context ends before.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
