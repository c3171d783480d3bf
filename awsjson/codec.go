package awsjson

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/fault"
)

// wire is how answers are encoded. It alone opens the sensitive types. Maps are
// sorted so that the same answer is the same bytes.
var wire = json.JoinOptions(
	json.Deterministic(true),
	json.WithMarshalers(json.JoinMarshalers(
		json.MarshalToFunc(func(e *jsontext.Encoder, s Sensitive) error {
			return e.WriteToken(jsontext.String(s.Reveal()))
		}),
		json.MarshalToFunc(func(e *jsontext.Encoder, s SensitiveBlob) error {
			return json.MarshalEncode(e, s.Reveal())
		}),
	)),
)

// Appender is an output that appends its own JSON, the same that reflection
// would make of it: the one that nearly every client asks for.
type Appender interface{ AppendJSON(b []byte) []byte }

// Encode writes the JSON of v to b, sensitive members in clear; nil is {}.
func Encode(b *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case nil:
		b.WriteString("{}")
	case Appender:
		b.Write(v.AppendJSON(b.AvailableBuffer()))
	default:
		return json.MarshalWrite(b, v, wire)
	}
	return nil
}

// Decode reads a JSON object into the struct that v points to. Names are
// case-sensitive, unknown members are passed over, null is absent, and no bytes
// at all are an empty object (section 1.1). Everything else is an error of the
// kind fault.Serialization: syntax, types, invalid UTF-8, and a repeated name,
// of which two readers may each believe another value.
func Decode(data []byte, v any) error {
	if len(data) == 0 {
		return nil
	}
	if short, ok := v.(Short); ok && short.ReadShort(data) {
		return nil
	}
	err := json.Unmarshal(data, v)
	if err == nil {
		return nil
	}
	var types *json.SemanticError
	if errors.As(err, &types) {
		return fault.Wrap(fault.Serialization, fmt.Errorf("at %q", types.JSONPointer), "%s", mistyped(types))
	}
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		// The error itself quotes the text, which may be of a secret.
		return fault.Wrap(fault.Serialization, fmt.Errorf("syntax error at byte %d", syntax.ByteOffset), "")
	}
	return fault.Wrap(fault.Serialization, errors.New("not decodable"), "")
}

// mistyped says in AWS's words (section 1.6) that a JSON value has the wrong
// type for its member.
func mistyped(err *json.SemanticError) string {
	var have string
	switch err.JSONKind {
	case '[':
		return "Start of list found where not expected"
	case '{':
		return "Start of structure or map found where not expected"
	case '"':
		have = "STRING_VALUE"
	case '0':
		have = "NUMBER_VALUE"
	case 't':
		have = "TRUE_VALUE"
	case 'f':
		have = "FALSE_VALUE"
	}
	if err.GoType == nil || have == "" {
		return ""
	}
	switch err.GoType.Kind() {
	case reflect.String:
		return have + " can not be converted to a String"
	case reflect.Bool:
		return have + " can not be converted to a Boolean"
	case reflect.Int32, reflect.Int64:
		return have + " can not be converted to an Integer"
	case reflect.Float64:
		return have + " can not be converted to a Timestamp"
	}
	if err.GoType == blobType {
		return have + " can not be converted to a Blob"
	}
	return "Expected null"
}
