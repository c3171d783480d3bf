// Package lambdafunction runs a rotation function of package rotator as a Lambda
// function: on AWS, or on whatever speaks Lambda's Runtime API. A program is then
//
//	func main() {
//		lambdafunction.Start(func(c rotator.Config) contract.Function {
//			return rotator.SingleUser(postgres.Engine{}, c)
//		})
//	}
//
// built as bootstrap for the runtime provided.al2023. The engines of Alberti's own
// functions can be used as they are; one's own is a rotator.Engine, or
// rotator.Steps where there is no account to log in to.
//
// What Alberti does for its own functions and Lambda does not is to keep a journal
// of what targets were told, and to let one rotation alone at an account. So
// here every step takes it that the target may know the pending password already,
// and logs in with that first.
package lambdafunction

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// EndpointVariable of the environment says where Secrets Manager is, as it does for
// AWS's rotation templates. Where it is not set, the variables of AWS's SDK do.
const EndpointVariable = "SECRETS_MANAGER_ENDPOINT"

// Start runs a function until its environment ends. Make is given all of the
// configuration but what targets are spoken to with, which it may add: TLS, Roots.
// Passwords are as the variables of AWS's templates say (PASSWORD_LENGTH,
// EXCLUDE_CHARACTERS and so on), and beyond that as the tags of the secret do.
func Start(make func(rotator.Config) contract.Function) {
	h, err := FromEnvironment(context.Background(), make)
	if err != nil {
		fmt.Fprintln(os.Stderr, "the rotation function cannot start:", err)
		os.Exit(1)
	}
	lambda.Start(h.Invoke)
}

// FromEnvironment makes the handler that Start runs.
func FromEnvironment(ctx context.Context, make func(rotator.Config) contract.Function) (*Handler, error) {
	passwords, err := rotator.DefaultPasswords().With(os.LookupEnv)
	if err != nil {
		return nil, err
	}
	c, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, err
	}
	client := secretsmanager.NewFromConfig(c, func(o *secretsmanager.Options) {
		if url := os.Getenv(EndpointVariable); url != "" {
			o.BaseEndpoint = &url
		}
	})
	return &Handler{
		Function: make(rotator.Config{Connect: Connect(client), Passwords: passwords, Now: time.Now}),
		Log:      slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}, nil
}

// Handler is a rotation function as a Lambda runtime invokes it.
type Handler struct {
	Function contract.Function
	Log      *slog.Logger // gets what the function notes; no password is in it
}

// Event is what Secrets Manager sends (secrets-manager.md, 3.3).
type Event struct {
	SecretID           string `json:"SecretId"` // the full ARN
	ClientRequestToken string // the version being made
	Step               string
	RotationToken      string // may be missing
}

// Invoke does one step. An error, in which there is no password, fails it.
func (h *Handler) Invoke(ctx context.Context, e Event) error {
	var report contract.Report
	err := h.Function.Invoke(ctx, contract.Event{
		SecretID: e.SecretID, Token: e.ClientRequestToken, Step: secret.Step(e.Step), RotationToken: e.RotationToken,
		Again: true, Report: &report, Guard: unguarded{},
	})
	for _, note := range report.Notes {
		h.Log.InfoContext(ctx, note, "step", e.Step, "secret", e.SecretID)
	}
	return err
}

// unguarded is the Guard of a function that has none.
type unguarded struct{}

// Claim implements contract.Guard.
func (unguarded) Claim(context.Context, contract.Target) error { return nil }

// Foresee implements contract.Guard.
func (unguarded) Foresee(ctx context.Context, _ contract.Target) context.Context { return ctx }

// Sending implements contract.Guard.
func (unguarded) Sending(context.Context, secret.Value) error { return nil }

// Sent implements contract.Guard.
func (unguarded) Sent(context.Context) ([]secret.Value, error) { return nil, nil }
