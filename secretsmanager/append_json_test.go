package secretsmanager

import (
	"bytes"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/awsjson"
)

// TestAppendJSON holds the answer that is written by hand to the one that
// reflection makes of the same members.
func TestAppendJSON(t *testing.T) {
	type reflected GetSecretValueOutput // without the method
	full := GetSecretValueOutput{
		ARN: "arn:aws:secretsmanager:eu-west-1:1:secret:a/b-a1B2c3", Name: "a/b", VersionID: "v",
		SecretString: awsjson.NewSensitive("say \"ü\"\n\x00 <&>\u2028"), VersionStages: []string{"AWSCURRENT", "one \"two\""},
		CreatedDate: awsjson.Time(time.UnixMilli(1523477145713)),
	}
	binary := full
	binary.SecretString, binary.SecretBinary = awsjson.Sensitive{}, awsjson.NewSensitiveBlob([]byte{0, 1, 0xff})
	empty := full
	empty.SecretString, empty.VersionStages = awsjson.NewSensitive(""), nil
	for name, out := range map[string]GetSecretValueOutput{"full": full, "binary": binary, "empty": empty, "zero": {}} {
		var got, want bytes.Buffer
		if err := awsjson.Encode(&got, &out); err != nil {
			t.Fatal(err)
		}
		plain := reflected(out)
		if err := awsjson.Encode(&want, &plain); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Errorf("%s:\n%s\nwant\n%s", name, &got, &want)
		}
	}
}
