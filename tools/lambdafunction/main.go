// Command lambdafunction is a Lambda function of provided.al2023, for tests: it
// speaks through AWS's own runtime client for Go. It is a module of its own, so
// that ours needs nothing of that.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

func main() { lambda.Start(handle) }

type answer struct {
	Event     json.RawMessage `json:"event"`
	RequestID string          `json:"id"`
	ARN       string          `json:"arn"`
	Left      time.Duration   `json:"left"`
	Arguments []string        `json:"arguments"`
	Client    json.RawMessage `json:"client"`
}

// handle answers with what it was given; {"fail":TEXT} has it fail.
func handle(ctx context.Context, event json.RawMessage) (*answer, error) {
	var asked struct{ Fail string }
	if json.Unmarshal(event, &asked) == nil && asked.Fail != "" {
		return nil, errors.New(asked.Fail)
	}
	l, _ := lambdacontext.FromContext(ctx)
	deadline, _ := ctx.Deadline()
	client, err := json.Marshal(l.ClientContext.Custom)
	return &answer{event, l.AwsRequestID, l.InvokedFunctionArn, time.Until(deadline), os.Args, client}, err
}
