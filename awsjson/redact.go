package awsjson

import (
	"encoding/base64"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/jsonwrite"
)

// RedactInput gives what the audit trail may know of an operation's input: a
// JSON object with member names in lower camel case, times in RFC 3339, and
// neither absent nor sensitive members. A nil input gives nil.
func (m *Model) RedactInput(operation string, input any) (jsontext.Value, error) {
	if input == nil {
		return nil, nil
	}
	p, err := m.inputPlan(operation, input)
	return redact(p, input, err)
}

// RedactOutput is RedactInput for an output.
func (m *Model) RedactOutput(operation string, output any) (jsontext.Value, error) {
	if output == nil {
		return nil, nil
	}
	p, err := m.outputPlan(operation, output)
	return redact(p, output, err)
}

func redact(p *plan, v any, err error) (jsontext.Value, error) {
	if err != nil {
		return nil, fmt.Errorf("redact: %w", err)
	}
	value, ok := p.element(reflect.ValueOf(v))
	if !ok {
		return nil, nil
	}
	// One allocation is enough for most requests.
	return p.appendRedacted(make([]byte, 0, 256), value)
}

// appendRedacted appends the JSON of a value that is present and not sensitive.
func (p *plan) appendRedacted(b []byte, v reflect.Value) ([]byte, error) {
	switch p.form {
	case formString:
		return jsonwrite.Quote(b, v.String()), nil
	case formBlob:
		b = append(b, '"')
		b = base64.StdEncoding.AppendEncode(b, v.Bytes())
		return append(b, '"'), nil
	case formBool:
		return strconv.AppendBool(b, v.Bool()), nil
	case formInt:
		return strconv.AppendInt(b, v.Int(), 10), nil
	case formFloat:
		return strconv.AppendFloat(b, v.Float(), 'g', -1, 64), nil
	case formTime:
		b = append(b, '"')
		b = v.Interface().(Time).appendText(b)
		return append(b, '"'), nil
	case formStruct:
		return p.appendMembers(b, v)
	case formList:
		return p.appendList(b, v)
	case formMap:
		return p.appendEntries(b, v)
	}
	return nil, fmt.Errorf("%s is sensitive", p.shape.name)
}

func (p *plan) appendMembers(b []byte, v reflect.Value) (_ []byte, err error) {
	b = append(b, '{')
	first := true
	for i := range p.fields {
		f := &p.fields[i]
		value, ok := f.value(v.Field(f.index))
		if !ok || f.hidden {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, '"')
		b = append(b, f.name...)
		b = append(b, `":`...)
		if b, err = f.appendRedacted(b, value); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

func (p *plan) appendList(b []byte, v reflect.Value) (_ []byte, err error) {
	b = append(b, '[')
	for i := range v.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = p.elem.appendElement(b, v.Index(i)); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// appendEntries appends a map, sorted; its keys are data and stay as they are.
func (p *plan) appendEntries(b []byte, v reflect.Value) (_ []byte, err error) {
	entries := make(map[string]reflect.Value, v.Len())
	for key, value := range v.Seq2() {
		entries[key.String()] = value
	}
	b = append(b, '{')
	for i, key := range slices.Sorted(maps.Keys(entries)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(jsonwrite.Quote(b, key), ':')
		if b, err = p.elem.appendElement(b, entries[key]); err != nil {
			return nil, err
		}
	}
	return append(b, '}'), nil
}

// appendElement appends an element, null for a nil one.
func (p *plan) appendElement(b []byte, v reflect.Value) ([]byte, error) {
	if value, ok := p.element(v); ok {
		return p.appendRedacted(b, value)
	}
	return append(b, "null"...), nil
}
