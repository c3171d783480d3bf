package awsjson

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
)

// form is how a Go type holds a shape.
type form int

const (
	formString form = iota
	formSensitive
	formBlob
	formSensitiveBlob
	formBool
	formInt
	formFloat
	formTime
	formStruct
	formList
	formMap
)

// plan is what must be known to walk a Go value along its shape. It is compiled
// once, so that a walk looks nothing up.
type plan struct {
	shape   *shape
	typ     reflect.Type
	form    form
	pointer bool
	hidden  bool    // sensitive, itself or in its elements
	fields  []field // of a struct
	elem    *plan   // of a list or map
	key     *shape  // of a map
}

// field is a member of a structure that the Go struct has a field for.
type field struct {
	plan
	index    int
	name     string // in lower camel case
	required bool
}

var (
	sensitiveType     = reflect.TypeFor[Sensitive]()
	sensitiveBlobType = reflect.TypeFor[SensitiveBlob]()
	blobType          = reflect.TypeFor[[]byte]()
	timeType          = reflect.TypeFor[Time]()
)

// inputPlan gives the plan to walk v as the input of an operation.
func (m *Model) inputPlan(operation string, v any) (*plan, error) {
	o := m.operations[operation]
	if o == nil {
		return nil, fmt.Errorf("the model has no operation %q", operation)
	}
	return m.planFor(&o.input, o.Input, v)
}

// outputPlan gives the plan to walk v as the output of an operation.
func (m *Model) outputPlan(operation string, v any) (*plan, error) {
	o := m.operations[operation]
	if o == nil {
		return nil, fmt.Errorf("the model has no operation %q", operation)
	}
	return m.planFor(&o.output, o.Output, v)
}

// planFor gives the plan in the cache, if it is for v's type, or compiles it.
func (m *Model) planFor(cache *atomic.Pointer[plan], ref *reference, v any) (*plan, error) {
	typ := reflect.TypeOf(v)
	if p := cache.Load(); p != nil && p.typ == typ {
		return p, nil
	}
	s := m.shape(ref)
	if s == nil || typ == nil {
		return nil, fmt.Errorf("no shape for %v", typ)
	}
	c := compiler{model: m}
	p := c.compile(s, typ, s.name)
	if err := errors.Join(c.wrong...); err != nil {
		return nil, err
	}
	cache.Store(&p)
	return &p, nil
}

// Compare tells how the wire structs of an operation, given as pointers to
// them or nil for none, differ from the model: members without a field, fields
// without a member, and types that cannot hold a member.
func (m *Model) Compare(operation string, input, output any) error {
	o := m.operations[operation]
	if o == nil {
		return fmt.Errorf("the model has no operation %q", operation)
	}
	c := compiler{model: m}
	for _, side := range []struct {
		shape *shape
		value any
	}{{m.shape(o.Input), input}, {m.shape(o.Output), output}} {
		switch {
		case side.shape != nil && side.value != nil:
			c.compile(side.shape, reflect.TypeOf(side.value), side.shape.name)
		case side.shape != nil:
			c.missing = append(c.missing, fmt.Errorf("%s has no struct", side.shape.name))
		case side.value != nil:
			c.wrong = append(c.wrong, fmt.Errorf("%T has no shape", side.value))
		}
	}
	return errors.Join(append(c.wrong, c.missing...)...)
}

// compiler makes plans. What cannot be walked is wrong; what the Go type leaves
// out is only missing.
type compiler struct {
	model   *Model
	wrong   []error
	missing []error
}

// compile makes the plan of a Go type for a shape. Shapes that hold themselves
// are beyond it.
func (c *compiler) compile(s *shape, typ reflect.Type, path string) plan {
	p := plan{shape: s, typ: typ, hidden: s.Sensitive}
	if typ.Kind() == reflect.Pointer {
		p.pointer, typ = true, typ.Elem()
	}
	var ok bool
	if p.form, ok = formOf(s, typ); !ok {
		c.wrong = append(c.wrong, fmt.Errorf("%s: %v cannot hold a %s", path, p.typ, s.describe()))
		return p
	}
	switch p.form {
	case formStruct:
		p.fields = c.fields(s, typ, path)
	case formList:
		elem := c.compile(c.model.shape(s.Member), typ.Elem(), path+"[]")
		p.elem, p.hidden = &elem, p.hidden || elem.hidden
	case formMap:
		elem := c.compile(c.model.shape(s.Value), typ.Elem(), path+"{}")
		p.elem, p.hidden = &elem, p.hidden || elem.hidden
		p.key = c.model.shape(s.Key)
	}
	return p
}

// formOf matches a shape with a Go type, which must be redacting if, and only
// if, the shape is sensitive.
func formOf(s *shape, typ reflect.Type) (f form, ok bool) {
	switch typ {
	case sensitiveType:
		return formSensitive, s.Type == "string" && s.Sensitive
	case sensitiveBlobType:
		return formSensitiveBlob, s.Type == "blob" && s.Sensitive
	case blobType:
		return formBlob, s.Type == "blob" && !s.Sensitive
	case timeType:
		return formTime, s.Type == "timestamp"
	}
	switch typ.Kind() {
	case reflect.String:
		return formString, s.Type == "string" && !s.Sensitive
	case reflect.Bool:
		return formBool, s.Type == "boolean"
	case reflect.Int32, reflect.Int64:
		return formInt, s.Type == "integer" || s.Type == "long"
	case reflect.Float64:
		return formFloat, s.Type == "double"
	case reflect.Struct:
		return formStruct, s.Type == "structure"
	case reflect.Slice:
		return formList, s.Type == "list"
	case reflect.Map:
		return formMap, s.Type == "map" && typ.Key().Kind() == reflect.String
	}
	return 0, false
}

func (s *shape) describe() string {
	if s.Sensitive {
		return "sensitive " + s.Type
	}
	return s.Type
}

// fields pairs the fields of a struct, by their json tags, with the members.
func (c *compiler) fields(s *shape, typ reflect.Type, path string) []field {
	var fields []field
	left := maps.Clone(s.Members)
	for i := range typ.NumField() {
		member, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
		ref, ok := left[member]
		if !ok {
			c.wrong = append(c.wrong, fmt.Errorf("%s: the shape has no member for field %s", path, typ.Field(i).Name))
			continue
		}
		delete(left, member)
		fields = append(fields, field{
			plan:     c.compile(c.model.shape(&ref), typ.Field(i).Type, path+"."+member),
			index:    i,
			name:     lowerCamel(member),
			required: slices.Contains(s.Required, member) && !ref.IdempotencyToken,
		})
	}
	for _, member := range slices.Sorted(maps.Keys(left)) {
		c.missing = append(c.missing, fmt.Errorf("%s: no field for member %s", path, member))
	}
	return fields
}

// lowerCamel is how AWS's errors and CloudTrail spell a member: SecretId is
// secretId. ARN is arn, being one word.
func lowerCamel(member string) string {
	if member == strings.ToUpper(member) {
		return strings.ToLower(member)
	}
	return strings.ToLower(member[:1]) + member[1:]
}

// value gives what a walk goes into: the value without its pointer, and whether
// it is present. A nil pointer, slice or map is absent, and so is a zero value
// that no pointer makes distinct.
func (p *plan) value(v reflect.Value) (reflect.Value, bool) {
	if !p.pointer {
		return v, !v.IsZero()
	}
	if v.IsNil() {
		return v, false
	}
	return v.Elem(), true
}

// element is value for an element of a list or map, which is there even when it
// is zero.
func (p *plan) element(v reflect.Value) (reflect.Value, bool) {
	v, ok := p.value(v)
	return v, ok || !p.pointer
}
