package secretsmanager_test

import (
	"fmt"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

// stateErrors are those that nearly every operation has: by name, by existence,
// by state.
func stateErrors(rows []row) map[situation]reproduction {
	out := map[situation]reproduction{
		{"CreateSecret", "illegal character in Name / non-ARN SecretId"}:  {body: `{"Name":"d b","ClientRequestToken":"$v1"}`},
		{"CreateSecret", "name exists"}:                                   {body: `{"Name":"db","ClientRequestToken":"$v2","SecretString":"x"}`, fill: []string{"<Name>", "db"}},
		{"CreateSecret", "name scheduled for deletion"}:                   {body: `{"Name":"gone","ClientRequestToken":"$v2","SecretString":"x"}`},
		{"DeleteSecret", "no such secret (DeleteSecret: without Force)"}:  {body: `{"SecretId":"none"}`},
		{"DeleteSecret", "second delete without Force while scheduled"}:   {body: `{"SecretId":"gone"}`},
		{"DeleteSecret", "RecoveryWindowInDays outside 7-30"}:             {body: `{"SecretId":"db","RecoveryWindowInDays":31}`},
		{"DeleteSecret", "Force together with RecoveryWindowInDays"}:      {body: `{"SecretId":"db","RecoveryWindowInDays":7,"ForceDeleteWithoutRecovery":true}`},
		{"TagResource", "tagging a managed secret by another principal"}:  {given: own, body: `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`, text: managed},
		{"UpdateSecret", "managed secret changed by another principal"}:   {given: own, body: `{"SecretId":"db","ClientRequestToken":"$v2","Description":"x"}`},
		{"TagResource", "more than 50 tags, aws: prefix, bad characters"}: {body: `{"SecretId":"db","Tags":[{"Key":"aws:x","Value":"b"}]}`, text: "Tag keys that begin with aws: are reserved."},
	}
	for _, r := range rows {
		body, ok := bodies[r.operation]
		if !ok {
			continue
		}
		switch r.name {
		case "illegal character in Name / non-ARN SecretId", "illegal character in non-ARN SecretId":
			out[r.situation] = reproduction{body: fmt.Sprintf(body, "a b")}
		case "no such secret":
			out[r.situation] = reproduction{body: fmt.Sprintf(body, "none")}
		case "secret is scheduled for deletion":
			out[r.situation] = reproduction{body: fmt.Sprintf(body, "gone")}
		case "called on a replica":
			out[r.situation] = reproduction{given: replicate, by: there, body: fmt.Sprintf(body, "db")}
		}
	}
	return out
}

// own gives db to another service.
func own(t *testing.T, b *bench) {
	b.edit(t, "db", func(s *secret.Secret) { s.OwningService = "rds" })
}
