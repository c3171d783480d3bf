package secretsmanager_test

import (
	"fmt"
	"testing"
)

// writingErrors are of CreateSecret, PutSecretValue and UpdateSecret.
func writingErrors() map[situation]reproduction {
	const full = "Secret $db has 100 versions, and none can be removed: each has a staging label or is younger than 24 hours."
	taken := []string{"<T>", "$v1", "<ARN>", "$db"}
	out := map[situation]reproduction{
		{"CreateSecret", "KmsKeyId names no key"}:                       {body: `{"Name":"new","ClientRequestToken":"$v1","KmsKeyId":"alias/mine"}`},
		{"UpdateSecret", "KmsKeyId names no key"}:                       {body: `{"SecretId":"db","ClientRequestToken":"$v2","KmsKeyId":"alias/mine"}`},
		{"CreateSecret", "KmsKeyId ARN in another region"}:              {body: `{"Name":"new","ClientRequestToken":"$v1",` + otherRegionsKey + `}`, fill: []string{"<region>", "eu-west-2"}},
		{"UpdateSecret", "KmsKeyId ARN in another region"}:              {body: `{"SecretId":"db","ClientRequestToken":"$v2",` + otherRegionsKey + `}`, fill: []string{"<region>", "eu-west-2"}},
		{"PutSecretValue", "neither value given"}:                       {body: `{"SecretId":"db","ClientRequestToken":"$v2"}`},
		{"PutSecretValue", "more than 20 labels on the secret"}:         {body: `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"x","VersionStages":` + labelList(20) + `}`, text: tooManyLabels},
		{"PutSecretValue", "more than 100 versions and none removable"}: {given: fill, body: `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"x"}`, text: full},
		{"UpdateSecret", "more than 100 versions and none removable"}:   {given: fill, body: `{"SecretId":"db","ClientRequestToken":"$v2","SecretString":"x"}`, text: full},
	}
	for operation, id := range map[string]string{"CreateSecret": "Name", "PutSecretValue": "SecretId", "UpdateSecret": "SecretId"} {
		body := fmt.Sprintf(`{%q:"db","ClientRequestToken":"$v1","SecretString":"two"}`, id)
		out[situation{operation, "same token, different value"}] = reproduction{body: body, fill: taken}
		body = fmt.Sprintf(`{%q:"none","ClientRequestToken":"$v1","SecretString":"x","SecretBinary":"AAE="}`, id)
		out[situation{operation, "both SecretString and SecretBinary"}] = reproduction{body: body}
		body = fmt.Sprintf(`{%q:"none","SecretString":"x"}`, id)
		out[situation{operation, "ClientRequestToken absent (raw HTTP); checked before existence"}] = reproduction{body: body}
	}
	return out
}

const (
	otherRegionsKey = `"KmsKeyId":"arn:aws:kms:eu-west-2:000000000000:key/0f1e"`
	tooManyLabels   = "You can't attach more than 20 staging labels to the versions of secret $db."
)

// fill gives db its hundredth version, all of one day.
func fill(t *testing.T, b *bench) {
	for i := range 99 {
		b.put(t, "db", fmt.Sprint("more", i), "x")
	}
}

func labelList(n int) string {
	var labels []string
	for i := range n {
		labels = append(labels, fmt.Sprint("l", i))
	}
	return asJSON(labels)
}

// labelErrors are of UpdateSecretVersionStage and of reading by label.
func labelErrors() map[situation]reproduction {
	two := func(t *testing.T, b *bench) { b.put(t, "db", "v2", "two") }
	stage := func(members string) string { return `{"SecretId":"db",` + members + `}` }
	const op = "UpdateSecretVersionStage"
	return map[situation]reproduction{
		{op, "label is on another version and RemoveFromVersionId absent"}: {given: two, body: stage(`"VersionStage":"AWSCURRENT","MoveToVersionId":"$v1"`), fill: []string{"<S>", "AWSCURRENT", "<V>", "$v2"}},
		{op, "RemoveFromVersionId is not the holder"}:                      {given: two, body: stage(`"VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1","MoveToVersionId":"$v1"`), fill: []string{"<S>", "AWSCURRENT"}},
		{op, "remove AWSCURRENT without MoveToVersionId"}:                  {body: stage(`"VersionStage":"AWSCURRENT","RemoveFromVersionId":"$v1"`)},
		{op, "MoveToVersionId names no version"}:                           {body: stage(`"VersionStage":"blue","MoveToVersionId":"$v9"`), fill: []string{"<V>", "$v9"}},
		{op, "RemoveFromVersionId names no version (moto text)"}:           {body: stage(`"VersionStage":"blue","RemoveFromVersionId":"$v9"`), fill: []string{"<V>", "$v9"}},
		{op, "label not on RemoveFromVersionId (moto text)"}:               {body: stage(`"VersionStage":"blue","RemoveFromVersionId":"$v1"`), fill: []string{"<S>", "blue", "<V>", "$v1"}},
		{op, "more than 20 labels on the secret"}: {given: func(t *testing.T, b *bench) {
			for i := range 19 {
				b.does(t, op, stage(fmt.Sprintf(`"VersionStage":"l%d","MoveToVersionId":"$v1"`, i)))
			}
		}, body: stage(`"VersionStage":"extra","MoveToVersionId":"$v1"`), text: tooManyLabels},
		{"GetSecretValue", "no version holds the label (also secret without a value, or rotation placeholder without a value)"}: {body: `{"SecretId":"db","VersionStage":"blue"}`, fill: []string{"<S>", "blue"}},
		{"GetSecretValue", "unknown VersionId"}:                                  {body: `{"SecretId":"db","VersionId":"$v9"}`, fill: []string{"<V>", "$v9"}},
		{"GetSecretValue", "VersionId and VersionStage name different versions"}: {given: two, body: `{"SecretId":"db","VersionId":"$v1","VersionStage":"AWSCURRENT"}`},
	}
}

// listingErrors are of the operations that answer in pages, and of
// GetRandomPassword.
func listingErrors() map[situation]reproduction {
	return map[situation]reproduction{
		{"ListSecrets", "bad NextToken"}:          {body: `{"NextToken":"AAAA"}`},
		{"ListSecretVersionIds", "bad NextToken"}: {body: `{"SecretId":"db","NextToken":"AAAA"}`},
		{"BatchGetSecretValue", "bad NextToken"}:  {body: `{"Filters":[{"Key":"name","Values":["d"]}],"NextToken":"AAAA"}`},
		{"ListSecrets", "filter without Key"}:     {body: `{"Filters":[{"Values":["x"]}]}`},
		{"ListSecrets", "filter without Values"}:  {body: `{"Filters":[{"Key":"name"}]}`, fill: []string{"<K>", "name"}},

		{"BatchGetSecretValue", "both or neither of SecretIdList and Filters"}:                           {body: `{"SecretIdList":["db"],"Filters":[{"Key":"name","Values":["d"]}]}`},
		{"BatchGetSecretValue", "MaxResults without Filters"}:                                            {body: `{"SecretIdList":["db"],"MaxResults":1}`},
		{"BatchGetSecretValue", "a listed secret is scheduled for deletion (Errors entry, call is 200)"}: {body: `{"SecretIdList":["db","gone"]}`},
		{"BatchGetSecretValue", "a listed secret does not exist (Errors entry, call is 200)"}:            {body: `{"SecretIdList":["db","none"]}`},
		{"BatchGetSecretValue", "a listed secret has no AWSCURRENT value (Errors entry, call is 200)"}: {given: func(t *testing.T, b *bench) {
			b.does(t, "CreateSecret", `{"Name":"bare","ClientRequestToken":"$v1"}`)
		}, body: `{"SecretIdList":["db","bare"]}`},
		{"BatchGetSecretValue", "no GetSecretValue permission on a listed secret (Errors entry, call is 200)"}: {
			by: roleWith(allow("secretsmanager:BatchGetSecretValue", "*")), body: `{"SecretIdList":["db"]}`,
			fill: []string{"<caller ARN>", role, "<SecretId>", "db"}},

		{"GetRandomPassword", "length below number of required types"}: {body: `{"PasswordLength":3}`},
		{"GetRandomPassword", "every character excluded"}: {body: `{"ExcludeLowercase":true,"ExcludeUppercase":true,"ExcludeNumbers":true,"ExcludePunctuation":true}`,
			text: "All characters are excluded, so there is none left for a password."},
	}
}

// rotationErrors are of RotateSecret.
func rotationErrors() map[situation]reproduction {
	const op, with = "RotateSecret", `"RotationLambdaARN":"` + function + `",`
	body := func(members string) string { return `{"SecretId":"db",` + members + `"ClientRequestToken":"$v2"}` }
	return map[situation]reproduction{
		{op, "ClientRequestToken absent (raw HTTP)"}:                                                  {body: `{"SecretId":"none"}`},
		{op, "no function stored or given"}:                                                           {body: body(``)},
		{op, "function missing or its policy lacks secretsmanager.amazonaws.com (nothing is stored)"}: {body: body(`"RotationLambdaARN":"` + function + `2",`)},
		{op, "AutomaticallyAfterDays and ScheduleExpression together"}:                                {body: body(with + `"RotationRules":{"AutomaticallyAfterDays":30,"ScheduleExpression":"rate(30 days)"},`)},
		{op, "AWSPENDING on a version other than AWSCURRENT"}: {given: func(t *testing.T, b *bench) { b.put(t, "db", "v3", "x", "AWSPENDING") },
			body: body(with)},
		{op, "managed secret given a RotationLambdaARN"}: {given: own, body: body(with)},
		{op, "schedule does not parse, shorter than 4 hours, window overlaps"}: {body: body(with + `"RotationRules":{"ScheduleExpression":"rate(3 hours)"},`),
			text: `Invalid ScheduleExpression "rate(3 hours)": a secret is rotated every 4 hours at most.`},
	}
}
