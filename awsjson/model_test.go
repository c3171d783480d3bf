package awsjson

import (
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/fault"
)

func TestModelOperations(t *testing.T) {
	names := testModel(t).Operations()
	if len(names) != 23 || !slices.IsSorted(names) || !slices.Contains(names, "GetSecretValue") {
		t.Errorf("%d operations: %v", len(names), names)
	}
}

func TestModelErrors(t *testing.T) {
	m := testModel(t)
	got := m.Errors("CancelRotateSecret")
	want := []string{"ResourceNotFoundException", "InvalidParameterException", "InternalServiceError", "InvalidRequestException"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
	if got := m.Errors("StealSecret"); got != nil {
		t.Errorf("no operation fails with %v", got)
	}
}

func TestParseModelRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":       `{`,
		"bad pattern":   `{"shapes":{"S":{"type":"string","pattern":"(?<=a)"}}}`,
		"no such shape": `{"shapes":{"S":{"type":"list","member":{"shape":"T"}}}}`,
		"no such input": `{"operations":{"O":{"input":{"shape":"T"}}}}`,
		"no such error": `{"operations":{"O":{"errors":[{"shape":"T"}]}}}`,
	} {
		if _, err := ParseModel([]byte(text)); err == nil {
			t.Errorf("%s: parsed", name)
		}
	}
}

func TestCompare(t *testing.T) {
	m := testModel(t)
	if err := m.Compare("GetSecretValue", &getSecretValueInput{}, &getSecretValueOutput{}); err != nil {
		t.Error(err)
	}
	if err := m.Compare("TagResource", &tagResourceInput{}, nil); err != nil {
		t.Error(err)
	}
	type badEntry struct {
		Key   int64  `json:"Key"`
		Value string `json:"Value"`
	}
	type bad struct {
		Description  Sensitive         `json:"Description"`
		KmsKeyID     string            `json:"KmsKeyID"`
		Name         *bool             `json:"Name"`
		SecretBinary []byte            `json:"SecretBinary"`
		SecretString *string           `json:"SecretString"`
		Tags         []badEntry        `json:"Tags"`
		Type         map[string]string `json:"Type"`
	}
	tests := map[string]error{
		"CreateSecretRequest.Description: awsjson.Sensitive cannot hold a string":  m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretRequest: the shape has no member for field KmsKeyID":          m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretRequest.Name: *bool cannot hold a string":                     m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretRequest.SecretBinary: []uint8 cannot hold a sensitive blob":   m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretRequest.SecretString: *string cannot hold a sensitive string": m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretRequest.Tags[].Key: int64 cannot hold a string":               m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretRequest.Type: map[string]string cannot hold a string":         m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretRequest: no field for member ClientRequestToken":              m.Compare("CreateSecret", &bad{}, nil),
		"CreateSecretResponse has no struct":                                       m.Compare("CreateSecret", &bad{}, nil),
		"*struct {} has no shape":                                                  m.Compare("TagResource", &tagResourceInput{}, &struct{}{}),
		`no operation "StealSecret"`:                                               m.Compare("StealSecret", nil, nil),
		"DescribeSecretResponse: no field for member ARN":                          m.Compare("DescribeSecret", nil, &describeSecretOutput{}),
		"GetSecretValueRequest: the shape has no member for field ARN":             m.Compare("GetSecretValue", &getSecretValueOutput{}, nil),
	}
	for want, err := range tests {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

// TestRESTModel has what only models of REST services have, and what Go cannot
// compile.
func TestRESTModel(t *testing.T) {
	m, err := ParseModel([]byte(`{"operations":{"Run":{"http":{"method":"POST","requestUri":"/v/{Name}","responseCode":201},"input":{"shape":"In"},"output":{"shape":"Out"}}},"shapes":{
		"In":{"type":"structure","payload":"Body","members":{"Name":{"shape":"Name","location":"uri","locationName":"Name"},"Body":{"shape":"Text"},
			"Share":{"shape":"Share"},"Sizes":{"shape":"Sizes"},"Kinds":{"shape":"Kinds"}}},
		"Out":{"type":"structure","members":{"Status":{"shape":"Share","location":"statusCode"}}},
		"Text":{"type":"string"},"Name":{"type":"string","pattern":"(?!^[0-9]+$)([a-z0-9]+)","matcher":"[0-9]*[a-z][a-z0-9]*"},
		"Share":{"type":"double","min":0,"max":1},"Key":{"type":"string","pattern":"[a-z]+","max":3},"Sizes":{"type":"map","key":{"shape":"Key"},"value":{"shape":"Share"}},
		"Kind":{"type":"string","enum":["a","b"]},"Kinds":{"type":"list","member":{"shape":"Kind"},"notNull":true}}}`))
	if err != nil {
		t.Fatal(err)
	}
	if at := m.HTTP("Run"); at != (HTTP{"POST", "/v/{Name}", 201}) || m.HTTP("Walk") != (HTTP{}) {
		t.Errorf("%+v", at)
	}
	in, out := m.Locations("Run")
	if want := []Location{{"Body", "payload", ""}, {"Name", "uri", "Name"}}; !slices.Equal(in, want) || !slices.Equal(out, []Location{{"Status", "statusCode", "Status"}}) {
		t.Errorf("%v, %v", in, out)
	}
	type input struct {
		Name  *string            `json:"Name"`
		Body  string             `json:"Body"`
		Share *float64           `json:"Share"`
		Sizes map[string]float64 `json:"Sizes"`
		Kinds []string           `json:"Kinds"`
	}
	for want, in := range map[string]input{
		"": {Name: new("1a"), Share: new(0.5), Sizes: map[string]float64{"ab": 1}, Kinds: []string{"a"}},
		"1 validation error detected: Value '12' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-z0-9]+)":                                                                                                                                     {Name: new("12")},
		"1 validation error detected: Value '1.5' at 'share' failed to satisfy constraint: Member must have value less than or equal to 1":                                                                                                                                                            {Share: new(1.5)},
		"1 validation error detected: Value '-0.5' at 'share' failed to satisfy constraint: Member must have value greater than or equal to 0":                                                                                                                                                        {Share: new(-0.5)},
		"1 validation error detected: Value at 'sizes' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 3, Member must satisfy regular expression pattern: [a-z]+]":                                                                     {Sizes: map[string]float64{"abcd": 1}},
		"2 validation errors detected: Value '2' at 'share' failed to satisfy constraint: Member must have value less than or equal to 1; Value '[c]' at 'kinds' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [a, b], Member must not be null]": {Share: new(2.0), Kinds: []string{"c"}},
	} {
		if err := m.Check("Run", &in); fault.Message(err) != want {
			t.Errorf("%+v:\n got %v\nwant %s", in, err, want)
		}
	}
	text, err := m.RedactInput("Run", &input{Share: new(0.25), Sizes: map[string]float64{"a": 1}})
	if want := `{"share":0.25,"sizes":{"a":1}}`; string(text) != want || err != nil {
		t.Errorf("redacted: %s, %v", text, err)
	}
}
