package app

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/lambda"
	"github.com/alberti-dev/alberti/lambda/remote"
)

// elsewhere runs functions that do not run here: in a container, or in AWS Lambda.
// There they are ended by whoever runs them; here nobody waits for one for longer
// than its timeout.
type elsewhere struct{ now func() time.Time }

func (e elsewhere) invoke(ctx context.Context, i lambda.Invocation) (lambda.Outcome, error) {
	timeout := time.Duration(i.Version.Config.Timeout) * time.Second
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	result, err := e.ask(bounded, i)
	if err != nil && bounded.Err() != nil && ctx.Err() == nil {
		return timedOut(i.RequestID, timeout), nil
	}
	return lambda.Outcome{Payload: result.Payload, FunctionError: result.FunctionError, Log: result.Log}, err
}

func (e elsewhere) ask(ctx context.Context, i lambda.Invocation) (remote.Result, error) {
	place := i.Version.Config.Place
	if !place.InAWS() {
		return (&remote.Emulator{URL: string(place)}).Invoke(ctx, i.Payload)
	}
	inAWS := remote.AWS{Credentials: aws.CredentialsProviderFunc(ownCredentials), Now: e.now, Endpoint: os.Getenv("AWS_ENDPOINT_URL_LAMBDA")}
	return inAWS.Invoke(ctx, string(place), i.Payload)
}

// ownCredentials are the server's own for AWS, from its environment.
func ownCredentials(context.Context) (aws.Credentials, error) {
	c := aws.Credentials{
		AccessKeyID: os.Getenv("AWS_ACCESS_KEY_ID"), SecretAccessKey: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN"),
	}
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return c, fault.New(fault.AccessDenied, "The server has no credentials for AWS: start it with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
	}
	return c, nil
}

// timedOut is what AWS says of a function that took too long (lambda.md, 2.7).
func timedOut(requestID string, after time.Duration) lambda.Outcome {
	if requestID == "" {
		requestID = uuid.NewString()
	}
	return lambda.Outcome{
		FunctionError: "Unhandled",
		Payload:       fmt.Appendf(nil, `{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: %s Error: Task timed out after %.2f seconds"}`, requestID, after.Seconds()),
	}
}
