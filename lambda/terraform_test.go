package lambda_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
)

// TestSettings holds the answers to what Terraform asks beside (lambda.md, 4).
func TestSettings(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	const (
		signing, runtime, recursion = "/2020-06-30/functions/f/code-signing-config", "/2021-07-20/functions/f/runtime-management-config", "/2024-08-31/functions/f/recursion-config"
		version                     = "arn:aws:lambda:eu-west-1::runtime:0123456789abcdef"
		wrong                       = "InvalidParameterValueException"
	)
	for _, c := range []struct {
		at, body string
		want     string
	}{
		{"GET " + signing, "", `{"FunctionName":"f"}`},
		{"GET /2020-06-30/functions/SecretsManagerBuiltinA/code-signing-config", "", `{"FunctionName":"SecretsManagerBuiltinA"}`},
		{"GET " + runtime, "", `{"UpdateRuntimeOn":"Auto","FunctionArn":"` + prefix + `function:f"}`},
		{"PUT " + runtime, `{"UpdateRuntimeOn":"Manual","RuntimeVersionArn":"` + version + `"}`,
			`{"UpdateRuntimeOn":"Manual","FunctionArn":"` + prefix + `function:f","RuntimeVersionArn":"` + version + `"}`},
		{"GET " + runtime + "?Qualifier=%24LATEST", "", `{"UpdateRuntimeOn":"Manual","FunctionArn":"` + prefix + `function:f:$LATEST","RuntimeVersionArn":"` + version + `"}`},
		{"GET " + runtime + "?Qualifier=1", "", `{"UpdateRuntimeOn":"Auto","FunctionArn":"` + prefix + `function:f:1"}`},
		{"PUT " + runtime, `{"UpdateRuntimeOn":"FunctionUpdate"}`, `{"UpdateRuntimeOn":"FunctionUpdate","FunctionArn":"` + prefix + `function:f"}`},
		{"GET " + recursion, "", `{"RecursiveLoop":"Terminate"}`},
		{"PUT " + recursion, `{"RecursiveLoop":"Allow"}`, `{"RecursiveLoop":"Allow"}`},
		{"GET " + recursion, "", `{"RecursiveLoop":"Allow"}`},
	} {
		if got := b.send(t, c.at, c.body); got.status != 200 || got.body != c.want {
			t.Errorf("%s %s: %d %s\nwant %s", c.at, c.body, got.status, got.body, c.want)
		}
	}
	missing := `{"Type":"User","Message":"Function not found: ` + prefix + `function:x"}`
	b.refuses(t, "GET /2020-06-30/functions/x/code-signing-config", "", 404, "ResourceNotFoundException", missing)
	b.refuses(t, "GET /2024-08-31/functions/x/recursion-config", "", 404, "ResourceNotFoundException", missing)
	b.refuses(t, "GET /2021-07-20/functions/x/runtime-management-config", "", 404, "ResourceNotFoundException", missing)
	b.refuses(t, "PUT "+runtime, `{"UpdateRuntimeOn":"Manual"}`, 400, wrong, `{"Type":"User","message":"RuntimeVersionArn is required when UpdateRuntimeOn is Manual."}`)
	b.refuses(t, "PUT "+runtime, `{"UpdateRuntimeOn":"Auto","RuntimeVersionArn":"`+version+`"}`, 400, wrong,
		`{"Type":"User","message":"RuntimeVersionArn can be set only when UpdateRuntimeOn is Manual."}`)
	b.refuses(t, "GET "+runtime+"?Qualifier=live", "", 400, wrong,
		`{"Type":"User","message":"A runtime management configuration belongs to a version: specify $LATEST or a published version."}`)
	b.refuses(t, "PUT "+recursion, `{"RecursiveLoop":"Maybe"}`, 400, "ValidationException",
		`{"message":"1 validation error detected: Value 'Maybe' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Allow, Terminate]"}`)
	out, err := b.GetFunctionCodeSigningConfig(t.Context(), &sdk.GetFunctionCodeSigningConfigInput{FunctionName: aws.String(prefix + "function:f")})
	if err != nil || out.CodeSigningConfigArn != nil {
		t.Errorf("%+v, %v", out, err)
	}
}
