package lambda_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/fault"
)

const (
	functions = "/2015-03-31/functions"
	newName   = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?`
	anyName   = `(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`
	runtimes  = `nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, nodejs18.x, provided.al2, java8.al2`
)

// invalid is the body of a constraint that was broken.
func invalid(failures ...string) string {
	noun := "error"
	if len(failures) > 1 {
		noun = "errors"
	}
	return fmt.Sprintf(`{"message":"%d validation %s detected: %s"}`, len(failures), noun, strings.Join(failures, "; "))
}

// fails is one failure of a constraint.
func fails(value, at, constraint string) string {
	return fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: %s", value, at, constraint)
}

// user is the body of an error whose text is spelt as given.
func user(member, text string) string { return fmt.Sprintf(`{"Type":"User","%s":"%s"}`, member, text) }

// TestRefusalsOfCreation holds what cannot be made to the byte (lambda.md, 1.2
// and 2.2).
func TestRefusalsOfCreation(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	long := strings.Repeat("a", 65)
	empty := base64.StdEncoding.EncodeToString([]byte("no zip"))
	big := strings.Repeat("x", 5000)
	for _, c := range []struct {
		name, more string
		status     int
		code, want string
	}{
		{"f", "", 409, "ResourceConflictException", user("message", "Function already exist: f")},
		{"SecretsManagerBuiltinA", "", 409, "ResourceConflictException", user("message", "Function already exist: SecretsManagerBuiltinA")},
		{"a.b", "", 400, "ValidationException", invalid(fails("'a.b'", "functionName", "Member must satisfy regular expression pattern: "+newName))},
		{long, "", 400, "InvalidParameterValueException",
			user("message", "1 validation error detected: "+fails("'"+long+"'", "functionName", "Member must have length less than or equal to 64"))},
		{strings.Repeat("é", 141), "", 400, "ValidationException", invalid(
			fails("'"+strings.Repeat("é", 141)+"'", "functionName", "Member must have length less than or equal to 140"),
			fails("'"+strings.Repeat("é", 141)+"'", "functionName", "Member must satisfy regular expression pattern: "+newName))},
		{"g", `"Role":"r"`, 400, "ValidationException",
			invalid(fails("'r'", "role", `Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+`))},
		{"g", `"Runtime":"Python3.12"`, 400, "InvalidParameterValueException",
			user("message", "Value Python3.12 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["+runtimes+"] or be a valid ARN")},
		{"g", `"Runtime":"python3.7"`, 400, "InvalidParameterValueException", user("message", "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. "+
			"We recommend you use a supported runtime while creating or updating functions.")},
		{"g", `"Architectures":["x86_64","arm64"]`, 400, "ValidationException",
			invalid(fails("'[x86_64, arm64]'", "architectures", "Member must have length less than or equal to 1"))},
		{"g", `"Architectures":["X86_64"]`, 400, "ValidationException",
			invalid(fails("'[X86_64]'", "architectures", "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"))},
		{"g", `"Timeout":901,"MemorySize":64`, 400, "ValidationException", invalid(
			fails("'901'", "timeout", "Member must have value less than or equal to 900"), fails("'64'", "memorySize", "Member must have value greater than or equal to 128"))},
		{"g", `"MemorySize":10241`, 400, "InvalidParameterValueException", user("message", "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240")},
		{"g", `"Handler":""`, 400, "ValidationException", invalid(fails("''", "handler", `Member must satisfy regular expression pattern: [^\\s]+`))},
		{"g", `"Environment":{"Variables":{"A":"secret"}}`, 400, "ValidationException",
			invalid("Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")},
		{"g", `"Environment":{"Variables":{"LANG":"x","AWS_REGION":"x","_X":"y"}}`, 400, "ValidationException",
			invalid("Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]")},
		{"g", `"Environment":{"Variables":{"LANG":"x","AWS_SESSION_TOKEN":"y","AWS_REGION":"x"}}`, 400, "InvalidParameterValueException",
			user("message", "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys "+
				"that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, AWS_SESSION_TOKEN")},
		{"g", `"Environment":{"Variables":{"LARGE_VAR":"` + big + `"}}`, 400, "InvalidParameterValueException",
			user("message", "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. "+
				`String measured: {\"LARGE_VAR\":\"`+big+`\"}`)},
		{"g", `"Code":{"ZipFile":"` + empty + `"}`, 400, "InvalidParameterValueException", user("message", "Could not unzip uploaded file. Please check your file, then try to upload again.")},
		{"g", `"Code":{"ZipFile":""}`, 400, "InvalidParameterValueException", user("message", "Uploaded file must be a non-empty zip")},
		{"g", `"Code":{}`, 400, "InvalidParameterValueException", user("message", "Please provide a source for function code.")},
		{"g", `"Code":{"S3Bucket":"bucket","S3Key":"key"}`, 400, "InvalidParameterValueException", user("message", "Code in Amazon S3 is not served here: send the deployment package itself as ZipFile.")},
		{"g", `"PackageType":"Image"`, 400, "InvalidParameterValueException", user("message", "Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.")},
		{"g", `"Runtime":null`, 400, "InvalidParameterValueException", user("message", "Runtime and Handler are mandatory parameters for functions created with deployment packages.")},
		{"g", `"Code":null,"Role":null`, 400, "ValidationException", invalid(fails("null", "role", "Member must not be null"), fails("null", "code", "Member must not be null"))},
		{"g", `"Layers":["` + prefix + `layer:l"]`, 400, "ValidationException", invalid(fails("'["+prefix+"layer:l]'", "layers", "Member must satisfy constraint: "+
			"[Member must have length less than or equal to 140, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "+
			`arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+, Member must not be null]`))},
		{"g", `"Layers":["` + prefix + `layer:l:9"]`, 400, "InvalidParameterValueException", user("message", "Layer version "+prefix+"layer:l:9 does not exist.")},
		{"g", `"Layers":["` + prefix + `layer:l:1","` + prefix + `layer:l:2"]`, 400, "InvalidParameterValueException", user("message",
			"Two different versions of the same layer are not allowed to be referenced in the same function. "+prefix+"layer:l:1 and "+prefix+"layer:l:2 are versions of the same layer.")},
		{"g", `"Layers":["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]`, 400, "InvalidParameterValueException", user("message",
			"Layers are not in the same region as the function. Layers are expected to be in region eu-west-1.")},
		{"g", `"Timeout":"3"`, 400, "SerializationException", `{"message":"STRING_VALUE can not be converted to an Integer"}`},
	} {
		b.refuses(t, "POST "+functions, creation(t, c.name, c.more), c.status, c.code, c.want)
	}
	b.refused = fault.New(fault.InvalidParameter, "The role defined for the function cannot be assumed by Lambda.")
	b.refuses(t, "POST "+functions, creation(t, "g", ""), 400, "InvalidParameterValueException", user("message", "The role defined for the function cannot be assumed by Lambda."))
	b.refuses(t, "PUT "+functions+"/f/configuration", `{"Role":"`+role+`"}`, 400, "InvalidParameterValueException", user("message", "The role defined for the function cannot be assumed by Lambda."))
}

// TestRefusals holds what every other operation refuses to the byte (lambda.md,
// 2.1 to 2.10).
func TestRefusals(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	arn := prefix + "function:"
	const invoke = "POST " + functions + "/"
	for _, c := range []struct {
		at, body   string
		status     int
		code, want string
	}{
		{"GET " + functions + "/none", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"none")},
		{"GET " + functions + "/none?Qualifier=$LATEST", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"none:$LATEST")},
		{"GET " + functions + "/f/configuration?Qualifier=7", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"f:7")},
		{"GET " + functions + "/f?Qualifier=$latest", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"f:$latest")},
		{"DELETE " + functions + "/none:3", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"none")},
		{invoke + "none/invocations", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"none:$LATEST")},
		{invoke + "f/invocations?Qualifier=live", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"f:live")},
		{"PUT /2017-10-31/functions/none/concurrency", `{"ReservedConcurrentExecutions":1}`, 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"none:$LATEST")},
		{"GET " + functions + "/arn:aws:lambda:eu-west-1:000000000000:function", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"function")},
		{"GET " + functions + "/arn%3Aaws%3Alambda%3Aap-southeast-1%3A000000000000%3Afunction%3Af", "", 404, "ResourceNotFoundException",
			user("Message", "Functions from 'ap-southeast-1' are not reachable in this region ('eu-west-1')")},
		{"GET " + functions + "/none:1?Qualifier=2", "", 400, "InvalidParameterValueException", user("message", "The derived qualifier from the function name does not match the specified qualifier.")},
		{"GET " + functions + "/a%20b?Qualifier=" + strings.Repeat("a", 129), "", 400, "ValidationException", invalid(
			fails("'"+strings.Repeat("a", 129)+"'", "qualifier", "Member must have length less than or equal to 128"),
			fails("'a b'", "functionName", "Member must satisfy regular expression pattern: "+anyName))},
		{"GET " + functions + "/arn:aws:lambda:eu-west-1:111122223333:function:f", "", 403, "AccessDeniedException",
			`{"Message":"User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:GetFunction on resource: arn:aws:lambda:eu-west-1:111122223333:function:f ` +
				`because no resource-based policy allows the lambda:GetFunction action"}`},
		{"GET " + functions + "?FunctionVersion=invalid", "", 400, "ValidationException", invalid(fails("'invalid'", "functionVersion", "Member must satisfy enum value set: [ALL]"))},
		{"GET " + functions + "?MaxItems=0", "", 400, "ValidationException", invalid(fails("'0'", "maxItems", "Member must have value greater than or equal to 1"))},
		{"GET " + functions + "?MaxItems=many", "", 400, "SerializationException", `{"message":"STRING_VALUE can not be converted to an Integer"}`},
		{"GET " + functions + "?Marker=forged", "", 400, "InvalidParameterValueException", user("message", "Invalid marker.")},
		{"DELETE " + functions + "/f?Qualifier=$LATEST", "", 400, "InvalidParameterValueException", user("message", "$LATEST version cannot be deleted without deleting the function.")},
		{"DELETE " + functions + "/f:live", "", 400, "InvalidParameterValueException", user("message", "Deletion of aliases is not currently supported.")},
		{"DELETE " + functions + "/SecretsManagerBuiltinA", "", 400, "InvalidParameterValueException",
			user("message", arn+"SecretsManagerBuiltinA is a rotation function that is built in: it can be used for rotations, and neither changed, deleted nor invoked.")},
		{"PUT " + functions + "/f/code", `{"ImageUri":"i"}`, 400, "InvalidParameterValueException", user("message", "Please don't provide ImageUri when updating a function with packageType Zip.")},
		{"PUT " + functions + "/f/code", `{"RevisionId":"r"}`, 412, "PreconditionFailedException",
			user("message", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")},
		{"POST " + functions + "/f/versions", `{"RevisionId":"r"}`, 412, "PreconditionFailedException",
			user("message", "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id")},
		{"POST /2017-03-31/tags/" + arn + "f:1", `{"Tags":{"a":"b"}}`, 400, "InvalidParameterValueException", user("message", "Tags on function aliases and versions are not supported. Please specify a function ARN.")},
		{"POST /2017-03-31/tags/" + arn + "f", `{"Tags":{}}`, 400, "InvalidParameterValueException", user("message", "An error occurred and the request cannot be processed.")},
		{"DELETE /2017-03-31/tags/" + arn + "f", "", 400, "ValidationException", invalid(fails("null", "tagKeys", "Member must not be null"))},
		{"GET /2017-03-31/tags/" + arn + "none", "", 404, "ResourceNotFoundException", user("Message", "Function not found: "+arn+"none")},
		{"PUT /2017-10-31/functions/f:1/concurrency", `{"ReservedConcurrentExecutions":1}`, 400, "InvalidParameterValueException", user("message",
			"This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")},
		{"PUT /2017-10-31/functions/f/concurrency", `{"ReservedConcurrentExecutions":901}`, 400, "InvalidParameterValueException",
			`{"message":"Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."}`},
		{invoke + "f/invocations", "\x99", 400, "InvalidRequestContentException", user("message", "Could not parse request body into json: Could not parse payload into json: "+
			"Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"+
			`\n at [Source: REDACTED (`+"`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: 1]")},
		{invoke + "f/invocations", strings.Repeat(" ", 6291457), 413, "RequestEntityTooLargeException", `{"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`},
	} {
		b.refuses(t, c.at, c.body, c.status, c.code, c.want)
	}
	versions := b.send(t, "GET "+functions+"/f/versions", "")
	if strings.Count(versions.body, `"Version":`) != 1 {
		t.Errorf("refusals left versions behind: %s", versions.body)
	}
}
