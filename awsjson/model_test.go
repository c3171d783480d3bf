package awsjson

import (
	"slices"
	"strings"
	"testing"
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
