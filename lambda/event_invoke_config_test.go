package lambda_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

const eventsPath = "/2019-09-25/functions/f/event-invoke-config"

// TestEventInvokeConfig holds the answers to the byte.
func TestEventInvokeConfig(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	b.create(t, "g")
	shown := func(qualifier, members, destinations string) string {
		return `{"LastModified":1795253415.123,"FunctionArn":"` + prefix + `function:f:` + qualifier + `",` + members + `"DestinationConfig":` + destinations + `}`
	}
	const (
		none   = `{"OnSuccess":{},"OnFailure":{}}`
		failed = `{"OnSuccess":{},"OnFailure":{"Destination":"` + prefix + `function:g"}}`
		both   = `"MaximumRetryAttempts":0,"MaximumEventAgeInSeconds":120,`
	)
	for _, c := range []struct {
		at, body string
		status   int
		want     string
	}{
		{"PUT " + eventsPath, `{"MaximumRetryAttempts":1}`, 200, shown("$LATEST", `"MaximumRetryAttempts":1,`, none)},
		{"PUT " + eventsPath, `{"MaximumRetryAttempts":0,"DestinationConfig":{"OnFailure":{"Destination":"` + prefix + `function:g"}}}`, 200,
			shown("$LATEST", `"MaximumRetryAttempts":0,`, failed)},
		{"POST " + eventsPath, `{"MaximumEventAgeInSeconds":120}`, 200, shown("$LATEST", both, failed)},
		{"POST " + eventsPath + "?Qualifier=%24LATEST", `{"DestinationConfig":{}}`, 200, shown("$LATEST", both, none)},
		{"GET " + eventsPath, "", 200, shown("$LATEST", both, none)},
		{"PUT " + eventsPath + "?Qualifier=live", `{"DestinationConfig":{"OnFailure":{"Destination":""}}}`, 200, shown("live", "", none)},
		{"GET " + eventsPath + "/list", "", 200, `{"FunctionEventInvokeConfigs":[` + shown("$LATEST", both, none) + `,` + shown("live", "", none) + `]}`},
		{"DELETE " + eventsPath + "?Qualifier=live", "", 204, ""},
		{"GET " + eventsPath + "/list", "", 200, `{"FunctionEventInvokeConfigs":[` + shown("$LATEST", both, none) + `]}`},
	} {
		if got := b.send(t, c.at, c.body); got.status != c.status || got.body != c.want {
			t.Errorf("%s %s: %d %s\nwant %d %s", c.at, c.body, got.status, got.body, c.status, c.want)
		}
	}
	out, err := b.GetFunctionEventInvokeConfig(t.Context(), &sdk.GetFunctionEventInvokeConfigInput{FunctionName: aws.String("f")})
	if err != nil || !out.LastModified.Equal(b.Now()) || *out.MaximumEventAgeInSeconds != 120 {
		t.Errorf("%+v, %v", out, err)
	}
	err = b.Store.View(t.Context(), func(tx *store.Tx) error {
		f, err := tx.Function(function.Ref{Region: region, Account: account, Name: "f"})
		if err != nil {
			return err
		}
		set, err := tx.EventConfigOf(f, "")
		if set.Retries() != 0 || set.MaxAge() != 2*time.Minute {
			t.Errorf("set: %d retries, %v", set.Retries(), set.MaxAge())
		}
		if err != nil {
			return err
		}
		unset, err := tx.EventConfigOf(f, "1")
		if unset.Retries() != 2 || unset.MaxAge() != 6*time.Hour {
			t.Errorf("unset: %d retries, %v", unset.Retries(), unset.MaxAge())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEventInvokeConfigErrors(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	const notFound, wrong, x = "ResourceNotFoundException", "InvalidParameterValueException", "/2019-09-25/functions/x/event-invoke-config"
	to := func(arn string) string {
		return `{"DestinationConfig":{"OnFailure":{"Destination":"` + arn + `"}}}`
	}
	for _, c := range []struct {
		at, body string
		status   int
		code     string
		want     string
	}{
		{"GET " + eventsPath, "", 404, notFound, `{"Type":"User","Message":"The function ` + prefix + `function:f:$LATEST doesn't have an EventInvokeConfig"}`},
		{"DELETE " + eventsPath + "?Qualifier=live", "", 404, notFound, `{"Type":"User","Message":"The function ` + prefix + `function:f:live doesn't have an EventInvokeConfig"}`},
		{"GET " + x, "", 404, notFound, `{"Type":"User","Message":"The function ` + prefix + `function:x:$LATEST doesn't have an EventInvokeConfig"}`},
		{"POST " + eventsPath, `{"MaximumRetryAttempts":1}`, 404, notFound, `{"Type":"User","Message":"The function ` + prefix + `function:f:$LATEST doesn't have an EventInvokeConfig"}`},
		{"PUT " + x, `{"MaximumRetryAttempts":1}`, 404, notFound, `{"Type":"User","Message":"The function doesn't exist."}`},
		{"PUT " + eventsPath + "?Qualifier=dead", `{"MaximumRetryAttempts":1}`, 404, notFound, `{"Type":"User","Message":"The function doesn't exist."}`},
		{"GET " + x + "/list", "", 404, notFound, `{"Type":"User","Message":"The function doesn't exist."}`},
		{"PUT " + eventsPath, `{}`, 400, wrong, `{"Type":"User","message":"You must specify at least one of error handling or destination setting."}`},
		{"PUT " + eventsPath, to("arn:aws:iam::000000000000:role/r"), 400, wrong, `{"Type":"User","message":"The provided destination config ` +
			`DestinationConfig(onSuccess=null, onFailure=OnFailure(destination=arn:aws:iam::000000000000:role/r)) is invalid."}`},
		{"PUT " + eventsPath, to(prefix + "function:x"), 400, wrong, `{"Type":"User","message":"The destination ARN ` + prefix + `function:x is invalid."}`},
		{"PUT " + eventsPath, to(prefix + "function:f"), 400, wrong, `{"Type":"User","message":"You can't specify the function as a destination for itself."}`},
		{"PUT " + eventsPath, `{"MaximumRetryAttempts":3}`, 400, "ValidationException",
			`{"message":"1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2"}`},
	} {
		b.refuses(t, c.at, c.body, c.status, c.code, c.want)
	}
}
