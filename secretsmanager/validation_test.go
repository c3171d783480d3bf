package secretsmanager_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const violated = " failed to satisfy constraint: Member must "

// TestTokens: the operations that make versions want a token, before anything else.
func TestTokens(t *testing.T) {
	b := newBench(t)
	for operation, test := range map[string]struct{ body, code string }{
		"CreateSecret":   {`{"Name":"db","SecretString":"x"%s}`, "InvalidRequestException"},
		"PutSecretValue": {`{"SecretId":"none","SecretString":"x"%s}`, "InvalidRequestException"},
		"UpdateSecret":   {`{"SecretId":"none","SecretString":"x"%s}`, "InvalidRequestException"},
		"RotateSecret":   {`{"SecretId":"none"%s}`, "InvalidParameterException"},
	} {
		t.Run(operation, func(t *testing.T) {
			b.refuses(t, operation, fmt.Sprintf(test.body, ""), test.code, noToken)
			b.refuses(t, operation, fmt.Sprintf(test.body, `,"ClientRequestToken":null`), test.code, noToken)
			for length, rule := range map[int]string{31: "greater than or equal to 32", 65: "less than or equal to 64"} {
				token := strings.Repeat("t", length)
				b.refuses(t, operation, fmt.Sprintf(test.body, `,"ClientRequestToken":"`+token+`"`), "ValidationException",
					"1 validation error detected: Value '"+token+"' at 'clientRequestToken'"+violated+"have length "+rule)
			}
		})
	}
}

func TestValidation(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	const value = `{"SecretId":"db","ClientRequestToken":"$v2",`
	for name, test := range map[string]struct{ operation, body, text string }{
		"no name":           {"CreateSecret", `{"ClientRequestToken":"$v1"}`, "1 validation error detected: Value null at 'name'" + violated + "not be null"},
		"a long name":       {"CreateSecret", `{"Name":"` + strings.Repeat("n", 513) + `","ClientRequestToken":"$v1"}`, "1 validation error detected: Value '" + strings.Repeat("n", 513) + "' at 'name'" + violated + "have length less than or equal to 512"},
		"an empty text":     {"PutSecretValue", value + `"SecretString":""}`, "1 validation error detected: Value '***' at 'secretString'" + violated + "have length greater than or equal to 1"},
		"empty bytes":       {"PutSecretValue", value + `"SecretBinary":""}`, "1 validation error detected: Value '***' at 'secretBinary'" + violated + "have length greater than or equal to 1"},
		"no labels":         {"PutSecretValue", value + `"SecretString":"x","VersionStages":[]}`, "1 validation error detected: Value '[]' at 'versionStages'" + violated + "have length greater than or equal to 1"},
		"a rotation token":  {"PutSecretValue", value + `"SecretString":"x","RotationToken":"short!"}`, "2 validation errors detected: Value '***' at 'rotationToken'" + violated + "have length greater than or equal to 36; Value '***' at 'rotationToken'" + violated + "satisfy regular expression pattern: ^[a-zA-Z0-9\\-]+$"},
		"a short version":   {"GetSecretValue", `{"SecretId":"db","VersionId":"v1"}`, "1 validation error detected: Value 'v1' at 'versionId'" + violated + "have length greater than or equal to 32"},
		"two at once":       {"GetSecretValue", `{"VersionId":"v1"}`, "2 validation errors detected: Value null at 'secretId'" + violated + "not be null; Value 'v1' at 'versionId'" + violated + "have length greater than or equal to 32"},
		"1001 days":         {"RotateSecret", value + `"RotationRules":{"AutomaticallyAfterDays":1001}}`, "1 validation error detected: Value '1001' at 'rotationRules.automaticallyAfterDays'" + violated + "have value less than or equal to 1000"},
		"no days":           {"RotateSecret", value + `"RotationRules":{"AutomaticallyAfterDays":0}}`, "1 validation error detected: Value '0' at 'rotationRules.automaticallyAfterDays'" + violated + "have value greater than or equal to 1"},
		"a duration":        {"RotateSecret", value + `"RotationRules":{"AutomaticallyAfterDays":1,"Duration":"3m"}}`, "1 validation error detected: Value '3m' at 'rotationRules.duration'" + violated + "satisfy regular expression pattern: [0-9]+h"},
		"an expression":     {"RotateSecret", value + `"RotationRules":{"ScheduleExpression":"rate[1]"}}`, "1 validation error detected: Value 'rate[1]' at 'rotationRules.scheduleExpression'" + violated + `satisfy regular expression pattern: [0-9A-Za-z\(\)#\?\*\-\/, ]+`},
		"an empty id":       {"GetSecretValue", `{"SecretId":""}`, "1 validation error detected: Value '' at 'secretId'" + violated + "have length greater than or equal to 1"},
		"an empty token":    {"CreateSecret", `{"Name":"x","ClientRequestToken":""}`, "1 validation error detected: Value '' at 'clientRequestToken'" + violated + "have length greater than or equal to 32"},
		"no tags":           {"TagResource", `{"SecretId":"db"}`, "1 validation error detected: Value null at 'tags'" + violated + "not be null"},
		"a long page token": {"ListSecrets", `{"NextToken":"` + strings.Repeat("A", 4097) + `"}`, "1 validation error detected: Value '" + strings.Repeat("A", 4097) + "' at 'nextToken'" + violated + "have length less than or equal to 4096"},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, test.operation, test.body, "ValidationException", test.text) })
	}
}

func TestMalformed(t *testing.T) {
	b := newBench(t)
	b.refuses(t, "GetSecretValue", `{"SecretId":7}`, "SerializationException", "NUMBER_VALUE can not be converted to a String")
	b.refuses(t, "DeleteSecret", `{"SecretId":"db","ForceDeleteWithoutRecovery":"yes"}`, "SerializationException", "STRING_VALUE can not be converted to a Boolean")
	for operation, want := range map[string]string{"NoSuchThing": `{"__type":"UnknownOperationException"}`, "GetSecretValue": `{"__type":"SerializationException"}`} {
		if r := b.post(t, operation, `{"SecretId":`); r.status != 400 || r.raw != want {
			t.Errorf("%s: %d %s", operation, r.status, r.raw)
		}
	}
}

// TestLargestValue: 65,536 bytes (secrets-manager.md, 8), and not one more.
func TestLargestValue(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	const limit = 65536
	texts := map[string]string{"ascii": strings.Repeat("x", limit), "two bytes each": strings.Repeat("é", limit/2), "escaped": strings.Repeat("\x01", limit)}
	for name, text := range texts {
		b.put(t, "db", name[:3], text)
		if b.value(t, "db", "", "") != text {
			t.Errorf("%s does not come back", name)
		}
		b.Advance(1)
	}
	if _, err := b.PutSecretValue(t.Context(), &sdk.PutSecretValueInput{SecretId: aws.String("db"), SecretBinary: make([]byte, limit)}); err != nil {
		t.Error(err)
	}
	before := b.listed(t, "db", true)
	const text, blob = "1 validation error detected: Value '***' at 'secretString'" + violated + "have length less than or equal to 65536",
		"1 validation error detected: Value '***' at 'secretBinary'" + violated + "have length less than or equal to 65536"
	for name, test := range map[string]struct{ member, value, want string }{
		"ascii":          {"SecretString", strings.Repeat("x", limit+1), text},
		"two bytes each": {"SecretString", strings.Repeat("é", limit/2) + "x", text},
		"bytes":          {"SecretBinary", base64.StdEncoding.EncodeToString(make([]byte, limit+1)), blob},
	} {
		t.Run(name, func(t *testing.T) {
			member := fmt.Sprintf(`"%s":"%s"`, test.member, test.value)
			b.refuses(t, "CreateSecret", `{"Name":"large","ClientRequestToken":"$x",`+member+`}`, "ValidationException", test.want)
			b.refuses(t, "PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$x",`+member+`}`, "ValidationException", test.want)
			b.refuses(t, "UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$x",`+member+`}`, "ValidationException", test.want)
		})
	}
	if after := b.listed(t, "db", true); after != before {
		t.Errorf("refusals left %s", after)
	}
}
