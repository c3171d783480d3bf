package secretsmanager_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

func TestUpdateSecret(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	for _, step := range []struct{ body, members, stages, description string }{
		{`{"SecretId":"db","ClientRequestToken":"$x1"}`, "ARN Name", "v1[AWSCURRENT]", ""},
		{`{"SecretId":"db","ClientRequestToken":"$x2","Description":"main"}`, "ARN Name", "v1[AWSCURRENT]", "main"},
		{`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two"}`, "ARN Name VersionId", "v1[AWSPREVIOUS] v2[AWSCURRENT]", "main"},
		{`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"two","Description":"second"}`, "ARN Name VersionId", "v1[AWSPREVIOUS] v2[AWSCURRENT]", "second"},
		{`{"SecretId":"db","ClientRequestToken":"$v3","SecretString":"two"}`, "ARN Name VersionId", "v2[AWSPREVIOUS] v3[AWSCURRENT]", "second"},
		{`{"SecretId":"$db","ClientRequestToken":"$v4","SecretBinary":"AAE=","Description":""}`, "ARN Name VersionId", "v3[AWSPREVIOUS] v4[AWSCURRENT]", ""},
		{`{"SecretId":"db","ClientRequestToken":"$x3","KmsKeyId":""}`, "ARN Name", "v3[AWSPREVIOUS] v4[AWSCURRENT]", ""},
		{`{"SecretId":"db","ClientRequestToken":"$x4","KmsKeyId":"alias/aws/secretsmanager"}`, "ARN Name", "v3[AWSPREVIOUS] v4[AWSCURRENT]", ""},
	} {
		b.Advance(time.Second)
		if got := members(b.does(t, "UpdateSecret", step.body)); got != step.members {
			t.Errorf("%s answers %s", step.body, got)
		}
		d := b.describe(t, "db")
		if got := written(d.VersionIdsToStages); got != step.stages {
			t.Errorf("%s: %s", step.body, got)
		}
		if got := aws.ToString(d.Description); got != step.description {
			t.Errorf("%s: description %q", step.body, got)
		}
		if !d.LastChangedDate.Equal(b.Now()) {
			t.Errorf("%s: changed %v at %v", step.body, d.LastChangedDate, b.Now())
		}
	}
}

// TestUpdateAbandonsPending: the value is the new AWSCURRENT.
func TestUpdateAbandonsPending(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two", "AWSPENDING")
	out, err := b.UpdateSecret(t.Context(), &sdk.UpdateSecretInput{
		SecretId: aws.String("db"), ClientRequestToken: aws.String(token("v3")), SecretString: aws.String("three"),
	})
	if err != nil || *out.VersionId != token("v3") {
		t.Fatalf("%+v, %v", out, err)
	}
	if got := b.stages(t, "db"); got != "v1[AWSPREVIOUS] v3[AWSCURRENT]" {
		t.Error(got)
	}
}

func TestUpdateSecretRefuses(t *testing.T) {
	b := newBench(t)
	b.create(t, "db", "one")
	for name, test := range map[string]struct{ body, code, text string }{
		"no token":               {`{"SecretId":"db","Description":"x"}`, "InvalidRequestException", noToken},
		"no token and no secret": {`{"SecretId":"none"}`, "InvalidRequestException", noToken},
		"no secret":              {`{"SecretId":"none","ClientRequestToken":"$v2"}`, "ResourceNotFoundException", notFound},
		"another value":          {`{"SecretId":"db","ClientRequestToken":"$v1","SecretString":"two","Description":"x"}`, "ResourceExistsException", inUse},
		"both values":            {`{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"x","SecretBinary":"AAE="}`, "InvalidParameterException", both},
		"no such key": {`{"SecretId":"db","ClientRequestToken":"$v2","KmsKeyId":"nonsense"}`, "InvalidParameterException",
			"The operation failed because of an invalid KMS key: Invalid keyId"},
		"a partner's": {`{"SecretId":"db","ClientRequestToken":"$v2","Type":"Partner"}`, "InvalidRequestException",
			"Alberti does not manage external secrets: leave Type out."},
	} {
		t.Run(name, func(t *testing.T) { b.refuses(t, "UpdateSecret", test.body, test.code, test.text) })
	}
	if d := b.describe(t, "db"); d.Description != nil || written(d.VersionIdsToStages) != "v1[AWSCURRENT]" {
		t.Errorf("refusals left %+v", d)
	}
}
