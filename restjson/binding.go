package restjson

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

// binding says which fields of a wire struct travel outside its JSON. The
// locations are the service model's; fields are known by their json tags.
type binding struct {
	fields  []bound
	payload int // index of the field that is the whole body, -1 for none
}

type bound struct {
	in, name string
	index    int
}

// Where a member may be, in the words of the model.
const (
	inPath    = "uri"
	inQuery   = "querystring"
	inHeader  = "header"
	inStatus  = "statusCode"
	inPayload = "payload"
)

// bind finds the fields of a struct's type. A member without a field is left
// alone: which ones a service lacks is for its tests to know.
func bind(typ reflect.Type, locations []awsjson.Location) (binding, error) {
	b := binding{payload: -1}
	for _, at := range locations {
		index, ok := fieldOf(typ, at.Member)
		switch {
		case !ok:
		case at.In == inPayload:
			b.payload = index
		case !bindable(typ.Field(index).Type):
			return b, fmt.Errorf("%v.%s cannot come from %s", typ, at.Member, at.In)
		default:
			b.fields = append(b.fields, bound{at.In, at.Name, index})
		}
	}
	return b, nil
}

func fieldOf(typ reflect.Type, member string) (int, bool) {
	for i := range typ.NumField() {
		if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name == member {
			return i, true
		}
	}
	return 0, false
}

var (
	textType   = reflect.TypeFor[*string]()
	numberType = reflect.TypeFor[*int64]()
	listType   = reflect.TypeFor[[]string]()
	secretType = reflect.TypeFor[awsjson.Sensitive]()
)

func bindable(t reflect.Type) bool {
	return t == textType || t == numberType || t == listType || t == secretType
}

// read fills an input's fields from the path, the query and the headers. A field
// that was in the JSON by mistake is not believed.
func (b binding) read(input any, held map[string]string, r *http.Request) error {
	v := reflect.ValueOf(input).Elem()
	var query url.Values
	if r.URL.RawQuery != "" {
		query = r.URL.Query()
	}
	for _, f := range b.fields {
		var given []string
		switch f.in {
		case inPath:
			if text, ok := held[f.name]; ok {
				given = []string{text}
			}
		case inQuery:
			given = query[f.name]
		case inHeader:
			given = r.Header.Values(f.name)
		}
		value, err := converted(v.Field(f.index).Type(), given)
		if err != nil {
			return err
		}
		v.Field(f.index).Set(value)
	}
	return nil
}

// converted gives texts the type of a field; none are its zero value.
func converted(typ reflect.Type, given []string) (reflect.Value, error) {
	if len(given) == 0 {
		return reflect.Zero(typ), nil
	}
	switch typ {
	case secretType:
		return reflect.ValueOf(awsjson.NewSensitive(given[0])), nil
	case listType:
		return reflect.ValueOf(given), nil
	case numberType:
		n, err := strconv.ParseInt(given[0], 10, 64)
		if err != nil {
			return reflect.Value{}, fault.Wrap(fault.Serialization, err, "STRING_VALUE can not be converted to an Integer")
		}
		return reflect.ValueOf(&n), nil
	}
	return reflect.ValueOf(&given[0]), nil
}

// setPayload makes the body a field of the input.
func (b binding) setPayload(input any, body []byte) error {
	switch field := reflect.ValueOf(input).Elem().Field(b.payload).Addr().Interface().(type) {
	case *awsjson.SensitiveBlob:
		*field = awsjson.NewSensitiveBlob(body)
	case *[]byte:
		*field = body
	default:
		return fmt.Errorf("a body cannot be a %T", field)
	}
	return nil
}

// write puts an output's fields into the answer's headers, and gives its status
// and its body where the output has them.
func (b binding) write(output any, h http.Header) (status int, body []byte) {
	v := reflect.ValueOf(output).Elem()
	for _, f := range b.fields {
		switch value := v.Field(f.index).Interface().(type) {
		case *string:
			if value != nil {
				h.Set(f.name, *value)
			}
		case awsjson.Sensitive:
			if !value.IsZero() {
				h.Set(f.name, value.Reveal())
			}
		case *int64:
			if value != nil && f.in == inStatus {
				status = int(*value)
			}
		}
	}
	if b.payload >= 0 {
		switch value := v.Field(b.payload).Interface().(type) {
		case awsjson.SensitiveBlob:
			body = value.Reveal()
		case []byte:
			body = value
		}
	}
	return status, body
}

// wholly tells whether nothing of an output is in JSON.
func (b binding) wholly() bool { return b.payload >= 0 || len(b.fields) > 0 }
