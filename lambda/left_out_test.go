package lambda_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestLeftOut parts say so, in an error that clients know.
func TestLeftOut(t *testing.T) {
	b := newBench(t)
	for at, want := range map[string]string{
		"POST /2015-03-31/event-source-mappings":                          "Event source mappings are not served here.",
		"GET /2015-03-31/event-source-mappings/":                          "Event source mappings are not served here.",
		"POST /2021-10-31/functions/f/url":                                "Function URLs are not served here.",
		"PUT /2019-09-30/functions/f/provisioned-concurrency":             "Provisioned concurrency is not served here.",
		"PUT /2020-06-30/functions/f/code-signing-config":                 "Code signing configurations are not served here.",
		"POST /2020-04-22/code-signing-configs":                           "Code signing configurations are not served here.",
		"POST /2021-11-15/functions/f/response-streaming-invocations":     "Response streaming is not served here.",
		"GET /2025-12-01/functions/f/durable-executions":                  "Durable executions are not served here.",
		"GET /2025-11-30/capacity-providers/arn%3Aaws%3Alambda%3Aprov%2F": "Capacity providers are not served here.",
	} {
		b.refuses(t, at, "", 400, "InvalidParameterValueException", `{"Type":"User","message":"`+want+`"}`)
	}
	b.refuses(t, "GET /2015-03-31/nothing", "", 404, "UnknownOperationException", `{"message":"lambda serves no operation at GET /2015-03-31/nothing here."}`)
	_, err := b.GetFunctionUrlConfig(t.Context(), &sdk.GetFunctionUrlConfigInput{FunctionName: aws.String("f")})
	failsAs[*types.ResourceNotFoundException](t, err, "The resource you requested does not exist.")
}
