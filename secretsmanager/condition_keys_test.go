package secretsmanager_test

import (
	"fmt"
	"testing"

	"github.com/alberti-dev/alberti/iam"
)

// TestConditionKeys asks for each key once where it holds and once where it does
// not, in a Deny that would otherwise not be noticed (secrets-manager.md, 6.2,
// and iam-kms.md, 1.6).
func TestConditionKeys(t *testing.T) {
	const secretARN = `"ArnLike":{"secretsmanager:SecretId":"arn:aws:secretsmanager:eu-west-1:000000000000:secret:%s-??????"}`
	const rotate = `{"SecretId":"db","ClientRequestToken":"$r%d","RotationLambdaARN":"` + function + `"`
	equals := func(key, value string) string { return fmt.Sprintf(`"StringEquals":{%q:%q}`, key, value) }
	is := func(key, value string) string { return fmt.Sprintf(`"Bool":{%q:%q}`, key, value) }
	absent := func(key string) string { return fmt.Sprintf(`"Null":{%q:"true"}`, key) }
	const create, update = `{"Name":"new","ClientRequestToken":"$v1","Description":"d","KmsKeyId":"alias/aws/secretsmanager","Tags":[{"Key":"a","Value":"b"}]}`,
		`{"SecretId":"db","ClientRequestToken":"$u","Description":"d","KmsKeyId":"alias/aws/secretsmanager"}`
	const value, describe, remove = `{"SecretId":"db"}`, `{"SecretId":"db"}`, `{"SecretId":"db","RecoveryWindowInDays":7}`
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1","SecretString":"one","Tags":[{"Key":"team","Value":"red"}]}`)
	b.create(t, "still", "one")
	b.does(t, "RotateSecret", fmt.Sprintf(rotate, 0)+`,"RotateImmediately":false}`)
	for _, c := range []struct {
		operation, body, condition string
		want                       bool // the condition holds
	}{
		{"DescribeSecret", describe, fmt.Sprintf(secretARN, "db"), true},
		{"DescribeSecret", describe, fmt.Sprintf(secretARN, "other"), false},
		{"GetSecretValue", value, fmt.Sprintf(secretARN, "db"), true},
		{"ListSecrets", `{}`, absent("secretsmanager:SecretId"), true},
		{"DescribeSecret", describe, equals("secretsmanager:SecretPrimaryRegion", region), true},
		{"DescribeSecret", describe, equals("aws:ResourceAccount", account), true},
		{"DescribeSecret", describe, equals("aws:ResourceTag/Team", "red"), true},
		{"DescribeSecret", describe, equals("secretsmanager:ResourceTag/team", "red"), true},
		{"DescribeSecret", describe, equals("secretsmanager:ResourceTag/team", "blue"), false},
		{"GetSecretValue", value, equals("aws:ResourceTag/team", "red"), true},
		{"GetSecretValue", value, equals("aws:ResourceTag/none", "red"), false},
		{"DescribeSecret", describe, equals("secretsmanager:resource/AllowRotationLambdaArn", function), true},
		{"GetSecretValue", value, equals("secretsmanager:resource/AllowRotationLambdaArn", function), true},
		{"DescribeSecret", `{"SecretId":"still"}`, absent("secretsmanager:resource/AllowRotationLambdaArn"), true},

		{"CreateSecret", create, equals("secretsmanager:Name", "new"), true},
		{"CreateSecret", create, equals("secretsmanager:Description", "d"), true},
		{"CreateSecret", create, equals("secretsmanager:KmsKeyId", "alias/aws/secretsmanager"), true},
		{"CreateSecret", create, equals("aws:RequestTag/A", "b"), true},
		{"CreateSecret", create, `"ForAnyValue:StringEquals":{"aws:TagKeys":["a","x"]}`, true},
		{"CreateSecret", create, `"ForAllValues:StringEquals":{"aws:TagKeys":["x"]}`, false},
		{"CreateSecret", `{"Name":"new","ClientRequestToken":"$v1"}`, absent("secretsmanager:Description"), true},
		{"UpdateSecret", update, equals("secretsmanager:Description", "d"), true},
		{"UpdateSecret", update, equals("secretsmanager:KmsKeyId", "alias/aws/secretsmanager"), true},
		{"UpdateSecret", update, absent("secretsmanager:Name"), true},
		{"TagResource", `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`, equals("aws:RequestTag/a", "b"), true},
		{"TagResource", `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`, equals("aws:RequestTag/a", "c"), false},
		{"UntagResource", `{"SecretId":"db","TagKeys":["a"]}`, `"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}`, true},
		{"DeleteSecret", remove, `"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"8"}`, true},
		{"DeleteSecret", remove, `"NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"7"}`, false},
		{"DeleteSecret", `{"SecretId":"still","ForceDeleteWithoutRecovery":true}`, is("secretsmanager:ForceDeleteWithoutRecovery", "true"), true},
		{"DeleteSecret", remove, is("secretsmanager:ForceDeleteWithoutRecovery", "false"), false},
		{"GetSecretValue", `{"SecretId":"db","VersionId":"$v1"}`, equals("secretsmanager:VersionId", token("v1")), true},
		{"GetSecretValue", `{"SecretId":"db","VersionStage":"AWSCURRENT"}`, equals("secretsmanager:VersionStage", "AWSCURRENT"), true},
		{"GetSecretValue", value, equals("secretsmanager:VersionStage", "AWSCURRENT"), false},
		{"UpdateSecretVersionStage", `{"SecretId":"db","VersionStage":"blue","MoveToVersionId":"$v1"}`, equals("secretsmanager:VersionStage", "blue"), true},
		{"PutResourcePolicy", `{"SecretId":"db","ResourcePolicy":` + quotedPolicy + `,"BlockPublicPolicy":true}`, is("secretsmanager:BlockPublicPolicy", "true"), true},
		{"PutResourcePolicy", `{"SecretId":"db","ResourcePolicy":` + quotedPolicy + `}`, `"BoolIfExists":{"secretsmanager:BlockPublicPolicy":"false"}`, true},
		{"RotateSecret", fmt.Sprintf(rotate, 1) + `,"RotateImmediately":false}`, is("secretsmanager:RotateImmediately", "false"), true},
		{"RotateSecret", fmt.Sprintf(rotate, 2) + `}`, equals("secretsmanager:RotationLambdaARN", function), true},
		{"RotateSecret", fmt.Sprintf(rotate, 2) + `}`, is("secretsmanager:ModifyRotationRules", "false"), true},
		{"RotateSecret", fmt.Sprintf(rotate, 3) + `,"RotationRules":{"AutomaticallyAfterDays":3}}`, is("secretsmanager:ModifyRotationRules", "true"), true},

		{"DescribeSecret", describe, `"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}`, true},
		{"DescribeSecret", describe, `"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}`, false},
		{"DescribeSecret", describe, `"DateEquals":{"aws:CurrentTime":"2026-11-21T09:30:15Z","aws:EpochTime":"1795253415"}`, true},
		{"DescribeSecret", describe, `"DateGreaterThan":{"aws:CurrentTime":"2026-11-21T09:30:15Z"}`, false},
		{"DescribeSecret", describe, is("aws:SecureTransport", "false"), true},
		{"DescribeSecret", describe, is("aws:ViaAWSService", "false"), true},
		{"DescribeSecret", describe, `"StringLike":{"aws:UserAgent":"Go-http-client/*"}`, true},
		{"DescribeSecret", describe, equals("aws:RequestedRegion", region), true},
		{"DescribeSecret", describe, equals("aws:PrincipalArn", issuer), true},
		{"DescribeSecret", describe, absent("aws:SourceVpce") + "," + equals("aws:PrincipalType", "AssumedRole"), true},
	} {
		t.Run(c.operation+" "+c.condition, func(t *testing.T) {
			b.As(roleWith(allow("*", "*"),
				`{"Effect":"Deny","Action":"secretsmanager:`+c.operation+`","Resource":"*","Condition":{`+c.condition+`}}`))
			r := b.post(t, c.operation, c.body)
			if denied := r.body["__type"] == "AccessDeniedException"; denied != c.want {
				t.Errorf("%d %s", r.status, r.raw)
			}
			b.As(iam.NewRoot(account, region, "AKIATEST"))
			b.does(t, "RestoreSecret", `{"SecretId":"db"}`) // where it was not refused
			b.does(t, "DeleteSecret", `{"SecretId":"new","ForceDeleteWithoutRecovery":true}`)
		})
	}
}
