package lambda_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// TestPlace makes a function that runs elsewhere, and has it run at another place.
func TestPlace(t *testing.T) {
	b := newBench(t)
	const first, second = "http://localhost:9000", "arn:aws:lambda:eu-west-1:123456789012:function:rotate"
	in := &sdk.CreateFunctionInput{
		FunctionName: aws.String("far"), Role: aws.String(role), PackageType: types.PackageTypeImage, Code: &types.FunctionCode{ImageUri: aws.String(first)},
	}
	made, err := b.CreateFunction(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if made.PackageType != types.PackageTypeImage || made.Runtime != "" || made.CodeSize != 0 || made.RuntimeVersionConfig != nil || *made.CodeSha256 == "" {
		t.Errorf("%+v", made)
	}
	at := func(want string) {
		t.Helper()
		got, err := b.GetFunction(t.Context(), &sdk.GetFunctionInput{FunctionName: aws.String("far")})
		if err != nil || *got.Code.ImageUri != want || *got.Code.ResolvedImageUri != want || *got.Code.RepositoryType != "ECR" || got.Code.Location != nil {
			t.Errorf("%+v, %v; want %s", got, err, want)
		}
		if _, err := b.Invoke(t.Context(), &sdk.InvokeInput{FunctionName: aws.String("far")}); err != nil {
			t.Error(err)
		}
		if asked := b.runner.asked[len(b.runner.asked)-1]; string(asked.Version.Config.Place) != want {
			t.Errorf("it ran at %q, want %s", asked.Version.Config.Place, want)
		}
	}
	at(first)
	if _, err := b.UpdateFunctionCode(t.Context(), &sdk.UpdateFunctionCodeInput{FunctionName: aws.String("far"), ImageUri: aws.String(second)}); err != nil {
		t.Fatal(err)
	}
	at(second)
}

// TestPlaceRefusals keeps what runs here and what runs elsewhere apart.
func TestPlaceRefusals(t *testing.T) {
	b := newBench(t)
	b.create(t, "near")
	image := `{"FunctionName":"far","Role":"` + role + `","PackageType":"Image","Code":{"ImageUri":"http://localhost:9000"}}`
	if answer := b.send(t, "POST "+functions, image); answer.status != 201 {
		t.Fatalf("%+v", answer)
	}
	const notRun = "Container images are not run here. Run the container yourself and give, as ImageUri, the address at which it listens (http://host:port), " +
		"or the ARN of a function in AWS Lambda: alberti function register does that."
	const forZip = "Please don't provide ImageUri when updating a function with packageType Zip."
	for _, c := range []struct{ at, body, says string }{
		{"POST " + functions, `{"FunctionName":"g","Role":"` + role + `","PackageType":"Image","Code":{"ImageUri":"1.dkr.ecr/r:latest"}}`, notRun},
		{"POST " + functions, `{"FunctionName":"g","Role":"` + role + `","PackageType":"Image","Code":{}}`, notRun},
		{"POST " + functions, creation(t, "g", `"Code":{"ImageUri":"http://localhost:9000"}`), forZip},
		{"PUT " + functions + "/near/code", `{"ImageUri":"http://localhost:9000"}`, forZip},
		{"PUT " + functions + "/far/code", `{"ZipFile":"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}`, "Please provide ImageUri when updating a function with packageType Image."},
		{"PUT " + functions + "/far/code", `{"ImageUri":"nowhere"}`, notRun},
		{"PUT " + functions + "/far/configuration", `{"Runtime":"python3.12"}`,
			"Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image."},
	} {
		b.refuses(t, c.at, c.body, 400, "InvalidParameterValueException", user("message", c.says))
	}
}

// TestRunElsewhere: whoever may change functions may not therefore have the server
// call whatever it reaches, nor AWS with the server's credentials.
func TestRunElsewhere(t *testing.T) {
	b := newBench(t)
	const inAWS = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"
	image := func(name, at string) string {
		return `{"FunctionName":"` + name + `","Role":"` + role + `","PackageType":"Image","Code":{"ImageUri":"` + at + `"}}`
	}
	const lambdaAndRoles = `{"Effect":"Allow","Action":["lambda:*","iam:PassRole"],"Resource":"*"}`
	b.As(app(t, lambdaAndRoles+`,{"Effect":"Allow","Action":"alberti:RunElsewhere","Resource":"`+inAWS+`"}`))
	b.refuses(t, "POST "+functions, image("far", "http://localhost:9000"), 403, "AccessDeniedException", denied("alberti:RunElsewhere", ""))
	if answer := b.send(t, "POST "+functions, image("far", inAWS)); answer.status != 201 {
		t.Errorf("%+v", answer)
	}
	b.refuses(t, "PUT "+functions+"/far/code", `{"ImageUri":"`+inAWS+`-more"}`, 403, "AccessDeniedException", denied("alberti:RunElsewhere", ""))
	b.create(t, "near")
}

// TestPassRole: who gives a role to a function can do what the role may.
func TestPassRole(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	const may = `{"Effect":"Allow","Action":"lambda:*","Resource":"*"}`
	pass := func(service string) string {
		return `,{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"` + service + `"}}}`
	}
	other := `{"Role":"` + role + `-admin"}`
	for _, passes := range []string{"", pass("ecs.amazonaws.com")} {
		b.As(app(t, may+passes))
		b.refuses(t, "POST "+functions, creation(t, "g", ""), 403, "AccessDeniedException", denied("iam:PassRole", role))
		b.refuses(t, "PUT "+functions+"/f/configuration", other, 403, "AccessDeniedException", denied("iam:PassRole", role+"-admin"))
	}
	b.As(app(t, may+pass("lambda.amazonaws.com")))
	for at, body := range map[string]string{"POST " + functions: creation(t, "g", ""), "PUT " + functions + "/f/configuration": other} {
		if answer := b.send(t, at, body); answer.status/100 != 2 {
			t.Errorf("%s: %+v", at, answer)
		}
	}
}
