package awsjson

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

func TestRedact(t *testing.T) {
	m := testModel(t)
	input := func(operation string, v any) func() (jsontext.Value, error) {
		return func() (jsontext.Value, error) { return m.RedactInput(operation, v) }
	}
	output := func(operation string, v any) func() (jsontext.Value, error) {
		return func() (jsontext.Value, error) { return m.RedactOutput(operation, v) }
	}
	tests := map[string]struct {
		redact func() (jsontext.Value, error)
		want   string
	}{
		"absent members": {input("GetSecretValue", &getSecretValueInput{SecretID: `a"b<`}), `{"secretId":"a\"b<"}`},
		"empty":          {input("GetSecretValue", &getSecretValueInput{}), `{}`},
		"nil":            {input("GetSecretValue", nil), ``},
		"nil pointer":    {input("GetSecretValue", (*getSecretValueInput)(nil)), ``},
		"sensitive": {input("CreateSecret", &createSecretInput{
			Name: ptr("n"), SecretString: NewSensitive("s"), SecretBinary: NewSensitiveBlob([]byte("b")), ForceOverwriteReplicaSecret: true,
			Tags: []tag{{Key: ptr("k"), Value: ptr("")}, {}}, AddReplicaRegions: []*replicaRegion{{Region: "r"}, nil},
		}), `{"addReplicaRegions":[{"region":"r"},null],"forceOverwriteReplicaSecret":true,"name":"n","tags":[{"key":"k","value":""},{}]}`},
		"nested": {input("RotateSecret", &rotateSecretInput{
			RotateImmediately: ptr(false), RotationRules: &rotationRules{AutomaticallyAfterDays: ptr[int64](0)},
		}), `{"rotateImmediately":false,"rotationRules":{"automaticallyAfterDays":0}}`},
		"output": {output("GetSecretValue", &getSecretValueOutput{
			ARN: "arn:x", CreatedDate: Time(time.UnixMilli(1523477145713)), SecretString: NewSensitive("s"), VersionStages: []string{"A", "B"},
		}), `{"arn":"arn:x","createdDate":"2018-04-11T20:05:45.713Z","versionStages":["A","B"]}`},
		"map": {output("DescribeSecret", &describeSecretOutput{VersionIdsToStages: map[string][]string{"b": {"X"}, "A": nil}}),
			`{"versionIdsToStages":{"A":[],"b":["X"]}}`},
		"no output": {output("TagResource", nil), ``},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.redact()
			if err != nil || string(got) != test.want {
				t.Errorf("got %s (%v)\nwant %s", got, err, test.want)
			}
		})
	}
}

// TestRedactHidesListsOfSecrets: none is in the model today, but AWS may add one.
func TestRedactHidesListsOfSecrets(t *testing.T) {
	m, err := ParseModel([]byte(`{"operations":{"Op":{"input":{"shape":"In"}}},"shapes":{
		"In":{"type":"structure","members":{"Plain":{"shape":"Text"},"Hidden":{"shape":"Secrets"}}},
		"Text":{"type":"string","max":1},"Secrets":{"type":"list","max":1,"member":{"shape":"Secret"}},
		"Secret":{"type":"string","max":1,"sensitive":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	in := &struct {
		Plain  string      `json:"Plain"`
		Hidden []Sensitive `json:"Hidden"`
	}{"p", []Sensitive{NewSensitive("hunter2"), {}}}
	if got, err := m.RedactInput("Op", in); err != nil || string(got) != `{"plain":"p"}` {
		t.Errorf("got %s, %v", got, err)
	}
	want := "2 validation errors detected: Value '[***, ***]' at 'hidden'" + violated + atMost("1") +
		"; Value '[***, ***]' at 'hidden'" + violated + "Member must satisfy constraint: [" + atMost("1") + "]"
	if err := m.Check("Op", in); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
