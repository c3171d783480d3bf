package awsjson

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

func TestTime(t *testing.T) {
	tests := map[string]time.Time{
		"1523477145.713": time.UnixMilli(1523477145713),
		"1523477145":     time.UnixMilli(1523477145000),
		"1523477145.1":   time.UnixMilli(1523477145100),
		"1523477145.02":  time.UnixMilli(1523477145020),
		"1523477145.003": time.UnixMilli(1523477145003),
		"0.5":            time.UnixMilli(500),
		"-0.5":           time.UnixMilli(-500),
		"-12.25":         time.UnixMilli(-12250),
		"253402300799":   time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	for text, at := range tests {
		var b bytes.Buffer
		cut := at.Add(999 * time.Microsecond) // not a millisecond yet
		if err := Encode(&b, Time(cut)); err != nil || b.String() != text {
			t.Errorf("%v encodes as %s (%v), want %s", cut, b.String(), err, text)
		}
		var back Time
		if err := Decode([]byte(text), &back); err != nil || !time.Time(back).Equal(at) {
			t.Errorf("%s decodes as %v (%v), want %v", text, back, err, at)
		}
	}
	var e Time
	if err := Decode([]byte("1.523477145713E9"), &e); err != nil || e.String() != "2018-04-11T20:05:45.713Z" {
		t.Errorf("AWS's exponents: %v, %v", e, err)
	}
	if err := Decode([]byte("null"), &e); err != nil || !e.IsZero() {
		t.Errorf("null: %v, %v", e, err)
	}
}

func TestEncode(t *testing.T) {
	tests := map[string]any{
		`{}`:          nil,
		`{"Tags":[]}`: &describeSecretOutput{},
		`{"LastRotatedDate":1.5,"RotationEnabled":false,"Tags":[{"Key":"<k>","Value":""}],"VersionIdsToStages":{"a":["AWSCURRENT"],"b":[]}}`: &describeSecretOutput{
			LastRotatedDate:    Time(time.UnixMilli(1500)),
			RotationEnabled:    ptr(false),
			Tags:               []tag{{Key: ptr("<k>"), Value: ptr("")}},
			VersionIdsToStages: map[string][]string{"b": {}, "a": {"AWSCURRENT"}},
		},
	}
	for want, v := range tests {
		var b bytes.Buffer
		if err := Encode(&b, v); err != nil || b.String() != want {
			t.Errorf("got %s (%v)\nwant %s", b.String(), err, want)
		}
	}
}

func TestDecode(t *testing.T) {
	tests := map[string]createSecretInput{
		``:                           {},
		`{}`:                         {},
		` { "Name" : "a" } `:         {Name: ptr("a")},
		`{"name":"a","NAME":"b"}`:    {},
		`{"Unknown":{"x":[1,null]}}`: {},
		`{"Name":null,"Tags":null,"SecretString":null,"AddReplicaRegions":[null]}`: {AddReplicaRegions: []*replicaRegion{nil}},
		`{"Name":"\u00e9😀","ForceOverwriteReplicaSecret":true}`:                    {Name: ptr("é😀"), ForceOverwriteReplicaSecret: true},
	}
	for text, want := range tests {
		var got createSecretInput
		if err := Decode([]byte(text), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v (%v)", text, got, err)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	const secret = "hunter2"
	tests := map[string]string{ // the text for the client
		`{`:                                  "",
		`{} {}`:                              "",
		`not json`:                           "",
		` `:                                  "",
		`{"Name":"a","Name":"a"}`:            "",
		`{"X":{"y":1,"y":2}}`:                "",
		"{\"Name\":\"\xff\"}":                "",
		`{"Name":"\ud800"}`:                  "",
		`{"SecretString":"hunter2` + "\n\"}": "",
		`[]`:                                 "Start of list found where not expected",
		`"hunter2"`:                          "Expected null",
		`{"Name":{}}`:                        "Start of structure or map found where not expected",
		`{"Name":["hunter2"]}`:               "Start of list found where not expected",
		`{"Name":1}`:                         "NUMBER_VALUE can not be converted to a String",
		`{"SecretString":true}`:              "TRUE_VALUE can not be converted to a String",
		`{"SecretBinary":"hunter2"}`:         "STRING_VALUE can not be converted to a Blob",
		`{"ForceOverwriteReplicaSecret":"hunter2"}`: "STRING_VALUE can not be converted to a Boolean",
		`{"Tags":"hunter2"}`:                        "Expected null",
		`{"Tags":[{"Key":false}]}`:                  "FALSE_VALUE can not be converted to a String",
	}
	for text, want := range tests {
		err := Decode([]byte(text), &createSecretInput{})
		if fault.KindOf(err) != fault.Serialization || fault.Message(err) != want {
			t.Errorf("%s: got %v (%q), want %q", text, err, fault.Message(err), want)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error leaks %v", text, err)
		}
	}
	for text, want := range map[string]string{
		`{"MaxResults":"2"}`:          "STRING_VALUE can not be converted to an Integer",
		`{"MaxResults":2.5}`:          "NUMBER_VALUE can not be converted to an Integer",
		`{"MaxResults":99999999999}`:  "NUMBER_VALUE can not be converted to an Integer",
		`{"Filters":[{"Values":{}}]}`: "Start of structure or map found where not expected",
	} {
		if err := Decode([]byte(text), &listSecretsInput{}); fault.Message(err) != want {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
	if err := Decode([]byte(`{"LastRotatedDate":"today"}`), &describeSecretOutput{}); fault.Message(err) != "STRING_VALUE can not be converted to a Timestamp" {
		t.Error(err)
	}
}

// FuzzDecode: whatever decodes can be checked, redacted and encoded, and decodes
// again to the same; whatever does not is a SerializationException.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"Name":"n","SecretString":"s","SecretBinary":"AAE=","Tags":[{"Key":"k","Value":"v"},{}]}`,
		`{"AddReplicaRegions":[null,{"Region":"eu-west-1"}],"Description":"\ud83d\ude00"}`, `{"Name":"\ud800"}`, `[1e400]`,
		`{"KmsKeyId":"","Type":null,"ForceOverwriteReplicaSecret":false,"x":[[[[]]]]}`,
	} {
		f.Add([]byte(seed))
	}
	m := testModel(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var in, again createSecretInput
		if err := Decode(data, &in); err != nil {
			if fault.KindOf(err) != fault.Serialization {
				t.Fatalf("%q: %v", data, err)
			}
			return
		}
		if err := m.Check("CreateSecret", &in); err != nil && fault.KindOf(err) != fault.Validation {
			t.Fatalf("%q: check: %v", data, err)
		}
		view, err := m.RedactInput("CreateSecret", &in)
		if err != nil || !view.IsValid() {
			t.Fatalf("%q: redacted to %q, %v", data, view, err)
		}
		var b bytes.Buffer
		if err := Encode(&b, &in); err != nil {
			t.Fatalf("%q: encode: %v", data, err)
		}
		if err := Decode(b.Bytes(), &again); err != nil {
			t.Fatalf("%q: %q: %v", data, b.Bytes(), err)
		}
		var b2 bytes.Buffer
		if err := Encode(&b2, &again); err != nil || !bytes.Equal(b.Bytes(), b2.Bytes()) {
			t.Fatalf("%q: %q and then %q, %v", data, b.Bytes(), b2.Bytes(), err)
		}
	})
}
