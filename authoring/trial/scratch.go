package trial

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/google/uuid"

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
		secret: o.name + "-trial-" + suffix, function: "alberti-trial-" + suffix, token: uuid.NewString(),
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
		return fmt.Errorf("making the copy: %w", said(err))
	}
	role, err := t.role(ctx)
	if err != nil {
		return fmt.Errorf("making the role: %w", said(err))
	}
	if err := t.function(ctx, role); err != nil {
		return fmt.Errorf("making the function: %w", said(err))
	}
	return nil
}

// copy makes the secret, with the original's previous value too: functions look
// there for passwords, and for whose a second user is.
func (t *trial) copy(ctx context.Context) error {
	in := &secretsmanager.CreateSecretInput{
		Name: &t.scratch.secret, KmsKeyId: optional(t.original.key), Tags: t.original.tags,
		Description: aws.String("Copy of " + t.original.name + " made by alberti function test. If none is at work: where the password of " +
			t.original.name + " does not log in, one of the versions here does."),
	}
	versions := []value{t.original.value}
	if t.original.previous != nil {
		versions = []value{*t.original.previous, t.original.value}
	}
	in.SecretString, in.SecretBinary = versions[0].text, versions[0].binary
	made, err := t.Secrets.CreateSecret(ctx, in)
	if err != nil {
		return err
	}
	t.scratch.arn, t.scratch.first = aws.ToString(made.ARN), aws.ToString(made.VersionId)
	if len(versions) == 1 {
		return nil
	}
	t.scratch.first, err = t.put(ctx, t.original.value, secret.Current)
	return err
}

// role gives the ARN of the function's role.
func (t *trial) role(ctx context.Context) (string, error) {
	if t.Role != "" {
		return t.Role, nil
	}
	made, err := t.IAM.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &t.scratch.function, AssumeRolePolicyDocument: aws.String(Trust),
		Description: aws.String("made by alberti function test"),
	})
	if err != nil {
		return "", err
	}
	document, err := json.Marshal(policyFor(t.scratch.arn, t.original.master, t.Function.Runtime))
	if err != nil {
		return "", err
	}
	_, err = t.IAM.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: &t.scratch.function, PolicyName: aws.String(policyName), PolicyDocument: aws.String(string(document)),
	})
	return aws.ToString(made.Role.Arn), err
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
	made, err := t.Lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: &t.scratch.function, Role: &role, Runtime: lambdatypes.Runtime(t.Function.Runtime), Handler: &t.Function.Handler,
		Code:    &lambdatypes.FunctionCode{ZipFile: t.Function.Zip},
		Timeout: aws.Int32(int32(t.Timeout / time.Second)), MemorySize: aws.Int32(memory),
		Environment: &lambdatypes.Environment{Variables: t.Env},
	})
	if err != nil {
		return err
	}
	t.scratch.lambda = aws.ToString(made.FunctionArn)
	active := lambda.NewFunctionActiveV2Waiter(t.Lambda)
	if err := active.Wait(ctx, &lambda.GetFunctionInput{FunctionName: &t.scratch.function}, activation); err != nil {
		return err
	}
	_, err = t.Lambda.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: &t.scratch.function, StatementId: aws.String(policyName), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String(secretsPrincipal), SourceArn: &t.scratch.arn,
	})
	return err
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
	_, err := t.Secrets.CancelRotateSecret(ctx, &secretsmanager.CancelRotateSecretInput{SecretId: &t.scratch.secret})
	if missing(err) {
		return nil
	}
	if err == nil && !t.scratch.keep {
		_, err = t.Secrets.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &t.scratch.secret, ForceDeleteWithoutRecovery: aws.Bool(true)})
	}
	return named("secret "+t.scratch.secret, err)
}

func (t *trial) removeFunction(ctx context.Context) error {
	_, err := t.Lambda.DeleteFunction(ctx, &lambda.DeleteFunctionInput{FunctionName: &t.scratch.function})
	var none *lambdatypes.ResourceNotFoundException
	if errors.As(err, &none) {
		return nil
	}
	return named("function "+t.scratch.function, err)
}

func (t *trial) removeRole(ctx context.Context) error {
	if t.Role != "" {
		return nil
	}
	_, policyErr := t.IAM.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &t.scratch.function, PolicyName: aws.String(policyName)})
	_, err := t.IAM.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &t.scratch.function})
	var none *iamtypes.NoSuchEntityException
	if errors.As(err, &none) {
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
	_, err := t.Logs.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &group})
	var none *logstypes.ResourceNotFoundException
	if errors.As(err, &none) {
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
	return fmt.Errorf("%s: %w", what, said(err))
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
