package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/authoring/trial"
)

const functionRegisterHelp = `Register a function that runs elsewhere, so that secrets can be rotated by it.

With --url it runs in a container that answers as AWS's Runtime Interface Emulator does: images made for AWS Lambda have
it, and listen on port 8080. With --arn it runs in AWS Lambda, invoked with the credentials for AWS that the server was
started with (AWS_ACCESS_KEY_ID and so on). A function that is registered already is told its new place.

Secrets Manager is given leave to invoke it for every secret of the account. Whoever the function calls this server as
needs leave for the secret; PutSecretValue wants the RotationToken of the event, unless the function runs as --role.`

// registration is what function register is told.
type registration struct {
	data, url, arn, role string
	timeout              time.Duration
}

func functionRegisterCommand() *cobra.Command {
	var r registration
	cmd := &cobra.Command{
		Use: "register NAME", Short: "Rotate by a function that runs in a container or in AWS Lambda", Long: functionRegisterHelp,
		Args: exactly(1, "NAME --url http://HOST:PORT"),
		RunE: func(c *cobra.Command, args []string) error { return r.run(c.Context(), os.Stdout, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&r.data, "data", "", "data directory of the server (default: what AWS_ENDPOINT_URL and the other AWS variables name)")
	flags.StringVar(&r.url, "url", "", "where the function's container listens: http://HOST:PORT")
	flags.StringVar(&r.arn, "arn", "", "the function in AWS Lambda")
	flags.StringVar(&r.role, "role", "", "ARN of the role that it runs as (default: one of the function's name is made, which may do nothing)")
	flags.DurationVar(&r.timeout, "timeout", time.Minute, "the longest that one step may take, 1s to 15m")
	return cmd
}

func (r *registration) run(ctx context.Context, w io.Writer, name string) error {
	if (r.url == "") == (r.arn == "") {
		return usageError{errors.New("give either --url or --arn: where the function runs")}
	}
	e, err := endpoint(r.data)
	if err != nil {
		return err
	}
	at := clients(e)
	if r.role == "" {
		if r.role, err = roleNamed(ctx, at.IAM, name); err != nil {
			return plainly(err)
		}
	}
	made, err := r.register(ctx, at, name)
	if err != nil {
		return plainly(err)
	}
	_, err = fmt.Fprintf(w, "%s runs at %s\nrotate a secret by it with: aws secretsmanager rotate-secret --secret-id … --rotation-lambda-arn %s\n", name, r.url+r.arn, made)
	return err
}

// register makes the function, or tells it its place, and lets Secrets Manager in.
func (r *registration) register(ctx context.Context, at trial.Clients, name string) (arn string, err error) {
	place, seconds := r.url+r.arn, int32(r.timeout/time.Second)
	made, err := at.Lambda.CreateFunction(ctx, &lambda.CreateFunctionInput{
		FunctionName: &name, Role: &r.role, Timeout: &seconds, PackageType: lambdatypes.PackageTypeImage, Code: &lambdatypes.FunctionCode{ImageUri: &place},
	})
	var known *lambdatypes.ResourceConflictException
	switch {
	case err == nil:
		arn = *made.FunctionArn
	case errors.As(err, &known):
		moved, err := at.Lambda.UpdateFunctionCode(ctx, &lambda.UpdateFunctionCodeInput{FunctionName: &name, ImageUri: &place})
		if err != nil {
			return "", err
		}
		arn = *moved.FunctionArn
	default:
		return "", err
	}
	account := strings.Split(arn, ":")[4]
	_, err = at.Lambda.AddPermission(ctx, &lambda.AddPermissionInput{
		FunctionName: &name, StatementId: aws.String("SecretsManagerAccess"), Action: aws.String("lambda:InvokeFunction"),
		Principal: aws.String("secretsmanager.amazonaws.com"), SourceAccount: &account,
	})
	if errors.As(err, &known) {
		err = nil // it had leave before
	}
	return arn, err
}

// roleNamed is a role that Lambda may assume, made when it is missing.
func roleNamed(ctx context.Context, at *iam.Client, name string) (arn string, err error) {
	made, err := at.CreateRole(ctx, &iam.CreateRoleInput{RoleName: &name, AssumeRolePolicyDocument: aws.String(trial.Trust)})
	var known *iamtypes.EntityAlreadyExistsException
	if errors.As(err, &known) {
		found, err := at.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		if err != nil {
			return "", err
		}
		return *found.Role.Arn, nil
	}
	if err != nil {
		return "", err
	}
	return *made.Role.Arn, nil
}
