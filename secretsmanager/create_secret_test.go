package secretsmanager_test

import (
	"maps"
	"regexp"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/alberti-dev/alberti/internal/doortest"
)

func TestCreateSecret(t *testing.T) {
	b, ctx := newBench(t), t.Context()
	out, err := b.CreateSecret(ctx, &sdk.CreateSecretInput{
		Name: aws.String("prod/app/db"), ClientRequestToken: aws.String(token("v1")), Description: aws.String("the main one"),
		SecretString: aws.String("one"), KmsKeyId: aws.String("alias/aws/secretsmanager"),
		Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("blue")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	arn := regexp.MustCompile(`^arn:aws:secretsmanager:eu-west-1:000000000000:secret:prod/app/db-[A-Za-z0-9]{6}$`)
	if !arn.MatchString(*out.ARN) || *out.Name != "prod/app/db" || *out.VersionId != token("v1") {
		t.Errorf("%s %s %s", *out.ARN, *out.Name, *out.VersionId)
	}
	d := b.describe(t, *out.ARN)
	if *d.Description != "the main one" || len(d.Tags) != 1 || *d.Tags[0].Key != "team" || *d.Tags[0].Value != "blue" || d.KmsKeyId != nil {
		t.Errorf("%+v", d)
	}
	if !d.CreatedDate.Equal(b.Now()) || !d.LastChangedDate.Equal(b.Now()) {
		t.Errorf("created %v, changed %v", d.CreatedDate, d.LastChangedDate)
	}
	if got := b.value(t, "prod/app/db", "", ""); got != "one" {
		t.Errorf("the value is %q", got)
	}
}

func TestCreateSecretAnswers(t *testing.T) {
	b := newBench(t)
	for body, want := range map[string]string{
		`{"Name":"a","ClientRequestToken":"$v1"}`:                                              "ARN Name",
		`{"Name":"b","ClientRequestToken":"$v1","SecretString":"x"}`:                           "ARN Name VersionId",
		`{"Name":"c","ClientRequestToken":"$v1","SecretBinary":"AAE="}`:                        "ARN Name VersionId",
		`{"Name":"d","ClientRequestToken":"$v1","SecretString":null,"Tags":null,"Nonsense":1}`: "ARN Name",
		`{"Name":"rds!e/_+=.@-","ClientRequestToken":"$v1"}`:                                   "ARN Name",
	} {
		if got := members(b.does(t, "CreateSecret", body)); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// TestCreateSecretAgain: the same request once more is the same success.
func TestCreateSecretAgain(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	again := b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1","SecretString":"one"}`)
	if again["ARN"] != b.named["db"] || again["VersionId"] != token("v1") || again["Name"] != "db" {
		t.Errorf("%v", again)
	}
	if got := b.listed(t, "db", true); got != "v1[AWSCURRENT]" {
		t.Errorf("versions: %s", got)
	}
	const exists = "The operation failed because the secret db already exists."
	for name, test := range map[string]struct{ body, text string }{
		"another value":           {`{"Name":"db","ClientRequestToken":"$v1","SecretString":"two"}`, inUse},
		"the bytes of the string": {`{"Name":"db","ClientRequestToken":"$v1","SecretBinary":"b25l"}`, inUse},
		"another token":           {`{"Name":"db","ClientRequestToken":"$v2","SecretString":"one"}`, exists},
		"no value":                {`{"Name":"db","ClientRequestToken":"$v1"}`, exists},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "CreateSecret", test.body, "ResourceExistsException", test.text) })
	}
}

// TestCreateEmptyAgain: without a value no version keeps the token, but the
// secret itself does. An SDK that lost the answer asks once more.
func TestCreateEmptyAgain(t *testing.T) {
	b := newBench(t)
	first := b.does(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1"}`)
	if again := b.does(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1"}`); !maps.Equal(again, first) || members(again) != "ARN Name" {
		t.Errorf("%v, then %v", first, again)
	}
	const exists = "The operation failed because the secret bare already exists."
	b.refuses(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v2"}`, "ResourceExistsException", exists)
	b.refuses(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1","SecretString":"x"}`, "ResourceExistsException", exists)
}

func TestCreateSecretRefuses(t *testing.T) {
	b := newBench(t)
	b.create(t, "gone", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"gone"}`)
	for name, test := range map[string]struct{ body, code, text string }{
		"no token":           {`{"Name":"db","SecretString":"x"}`, "InvalidRequestException", noToken},
		"no token, bad name": {`{"Name":"d b"}`, "InvalidRequestException", noToken},
		"both values":        {`{"Name":"db","ClientRequestToken":"$v1","SecretString":"x","SecretBinary":"AAE="}`, "InvalidParameterException", both},
		"bad name":           {`{"Name":"d b","ClientRequestToken":"$v1"}`, "ValidationException", badName},
		"a name like an ARN": {`{"Name":"arn:aws:db","ClientRequestToken":"$v1"}`, "ValidationException", badName},
		"being deleted": {`{"Name":"gone","ClientRequestToken":"$v1","SecretString":"one"}`, "InvalidRequestException",
			"You can't create this secret because a secret with this name is already scheduled for deletion."},
		"no such key": {`{"Name":"db","ClientRequestToken":"$v1","KmsKeyId":"alias/mine"}`, "InvalidParameterException",
			"The operation failed because of an invalid KMS key: Invalid keyId"},
		"reserved tag": {`{"Name":"db","ClientRequestToken":"$v1","Tags":[{"Key":"aws:x","Value":"y"}]}`, "InvalidParameterException",
			"Tag keys that begin with aws: are reserved."},
		"a replica at home": {`{"Name":"db","ClientRequestToken":"$v1","SecretString":"x","AddReplicaRegions":[{"Region":"eu-west-2"},{"Region":"eu-west-1"}]}`,
			"InvalidParameterException", "Invalid replica region."},
		"a replica's key": {`{"Name":"db","ClientRequestToken":"$v1","AddReplicaRegions":[{"Region":"eu-west-2","KmsKeyId":"alias/mine"}]}`,
			"InvalidParameterException", "The operation failed because of an invalid KMS key: Invalid keyId"},
		"a partner's": {`{"Name":"db","ClientRequestToken":"$v1","Type":"Partner"}`, "InvalidRequestException",
			"Alberti does not manage external secrets: leave Type out."},
	} {
		t.Run(name, func(t *testing.T) {
			b.refuses(t, "CreateSecret", test.body, test.code, test.text)
			b.refuses(t, "DescribeSecret", `{"SecretId":"db"}`, "ResourceNotFoundException", notFound)
		})
	}
}

// TestCreateSecretAfterDeletion: a name that is free again gets another ARN.
func TestCreateSecretAfterDeletion(t *testing.T) {
	b := newBench(t)
	before := b.create(t, "db", "one")
	b.does(t, "DeleteSecret", `{"SecretId":"db","ForceDeleteWithoutRecovery":true}`)
	b.Advance(time.Second)
	after := b.create(t, "db", "two")
	if before == after {
		t.Errorf("both are %s", after)
	}
	if got := b.value(t, after, "", ""); got != "two" {
		t.Errorf("the value is %q", got)
	}
	_, err := b.GetSecretValue(t.Context(), &sdk.GetSecretValueInput{SecretId: &before})
	doortest.Refused(t, err, "ResourceNotFoundException", notFound)
}
