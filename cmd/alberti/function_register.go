package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/authoring/api"
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
	at, err := client(e)
	if err != nil {
		return err
	}
	if r.role == "" {
		if r.role, err = roleNamed(ctx, at, name); err != nil {
			return err
		}
	}
	made, err := r.register(ctx, at, name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s runs at %s\nrotate a secret by it with: aws secretsmanager rotate-secret --secret-id … --rotation-lambda-arn %s\n", name, r.url+r.arn, made)
	return err
}

// register makes the function, or tells it its place, and lets Secrets Manager in.
func (r *registration) register(ctx context.Context, at *api.Client, name string) (arn string, err error) {
	place := r.url + r.arn
	arn, err = at.CreateFunction(ctx, api.Function{
		FunctionName: name, Role: r.role, Timeout: int(r.timeout / time.Second), PackageType: "Image", Code: api.Code{ImageURI: place},
	})
	if api.CodeOf(err) == api.Conflict {
		arn, err = at.UpdateFunctionCode(ctx, name, api.Code{ImageURI: place})
	}
	if err != nil {
		return "", err
	}
	account := strings.Split(arn, ":")[4]
	err = at.AddPermission(ctx, name, api.Permission{
		StatementID: "SecretsManagerAccess", Action: "lambda:InvokeFunction", Principal: "secretsmanager.amazonaws.com", SourceAccount: account,
	})
	if api.CodeOf(err) == api.Conflict {
		err = nil // it had leave before
	}
	return arn, err
}

// roleNamed is a role that Lambda may assume, made when it is missing.
func roleNamed(ctx context.Context, at *api.Client, name string) (arn string, err error) {
	arn, err = at.CreateRole(ctx, name, trial.Trust, "")
	if api.CodeOf(err) == api.EntityExists {
		return at.GetRole(ctx, name)
	}
	return arn, err
}
