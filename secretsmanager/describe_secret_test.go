package secretsmanager_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// TestDescribeMembers: a member is there when it has a value, and an empty one
// is not always absent (secrets-manager.md, 2.7).
func TestDescribeMembers(t *testing.T) {
	const least = "ARN CreatedDate LastChangedDate Name"
	b := newBench(t)
	for _, step := range []struct{ operation, body, want string }{
		{"CreateSecret", `{"Name":"db","ClientRequestToken":"$v0","Description":""}`, least},
		{"UntagResource", `{"SecretId":"db","TagKeys":["team"]}`, least}, // never tagged
		{"TagResource", `{"SecretId":"db","Tags":[{"Key":"team","Value":"blue"}]}`, least + " Tags"},
		{"UntagResource", `{"SecretId":"db","TagKeys":["team"]}`, least + " Tags"}, // an empty list
		{"PutSecretValue", `{"SecretId":"db","ClientRequestToken":"$v1","SecretString":"one"}`, least + " Tags VersionIdsToStages"},
		{"UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$x","Description":"main"}`, "ARN CreatedDate Description LastChangedDate Name Tags VersionIdsToStages"},
		{"UpdateSecret", `{"SecretId":"db","ClientRequestToken":"$x","Description":""}`, least + " Tags VersionIdsToStages"},
		{"CancelRotateSecret", `{"SecretId":"db"}`, least + " Tags VersionIdsToStages"}, // never configured
		{"RotateSecret", `{"SecretId":"db","ClientRequestToken":"$v2","RotationLambdaARN":"` + function + `","RotationRules":{"AutomaticallyAfterDays":30}}`,
			"ARN CreatedDate LastChangedDate Name NextRotationDate RotationEnabled RotationLambdaARN RotationRules Tags VersionIdsToStages"},
		{"CancelRotateSecret", `{"SecretId":"db"}`, "ARN CreatedDate LastChangedDate Name RotationEnabled RotationLambdaARN RotationRules Tags VersionIdsToStages"},
		{"DeleteSecret", `{"SecretId":"db"}`, "ARN CreatedDate DeletedDate LastChangedDate Name RotationEnabled RotationLambdaARN RotationRules Tags VersionIdsToStages"},
	} {
		b.does(t, step.operation, step.body)
		if got := members(b.does(t, "DescribeSecret", `{"SecretId":"db"}`)); got != step.want {
			t.Errorf("after %s %s:\n got %s\nwant %s", step.operation, step.body, got, step.want)
		}
	}
	d := b.does(t, "DescribeSecret", `{"SecretId":"db"}`)
	if tags, ok := d["Tags"].([]any); !ok || len(tags) != 0 || d["RotationEnabled"] != false {
		t.Errorf("tags %v, enabled %v", d["Tags"], d["RotationEnabled"])
	}
}

// TestLastAccessedDate is the UTC day of the last read, and absent before it.
func TestLastAccessedDate(t *testing.T) {
	b, id := newBench(t), aws.String("db")
	b.create(t, "db", "one")
	b.put(t, "db", "v2", "two")
	if d := b.describe(t, "db"); d.LastAccessedDate != nil {
		t.Errorf("before a read: %v", d.LastAccessedDate)
	}
	for _, want := range []time.Time{
		time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC),
	} {
		changed := b.describe(t, "db").LastChangedDate
		b.value(t, "db", "", "")
		until(t, func() bool { // it is written after the answer
			d := b.describe(t, "db")
			return d.LastAccessedDate != nil && d.LastAccessedDate.Equal(want)
		})
		versions, err := b.ListSecretVersionIds(t.Context(), &sdk.ListSecretVersionIdsInput{SecretId: id})
		if err != nil {
			t.Fatal(err)
		}
		if v := versions.Versions; v[0].LastAccessedDate != nil || !v[1].LastAccessedDate.Equal(want) {
			t.Errorf("versions were read on %v and %v", v[0].LastAccessedDate, v[1].LastAccessedDate)
		}
		if d := b.describe(t, "db"); !d.LastChangedDate.Equal(*changed) {
			t.Errorf("a read changed the secret at %v", d.LastChangedDate)
		}
		b.Advance(3 * 24 * time.Hour)
	}
}

// until asks again and again, each time over HTTP, for something that is done
// beside the calls.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !done(); {
		if time.Now().After(end) {
			t.Fatal("it did not come to pass")
		}
	}
}

func TestDatesOnTheWire(t *testing.T) {
	b := newBench(t)
	b.does(t, "CreateSecret", `{"Name":"db","ClientRequestToken":"$v1","SecretString":"one"}`)
	d := b.does(t, "DescribeSecret", `{"SecretId":"db"}`)
	if d["CreatedDate"] != 1795253415.123 || d["LastChangedDate"] != 1795253415.123 {
		t.Errorf("%v, %v", d["CreatedDate"], d["LastChangedDate"])
	}
}
