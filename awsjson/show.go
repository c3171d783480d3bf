package awsjson

import (
	"reflect"
	"strconv"
)

// quoted prints a value for a validation error, in quotes, as Java would.
func (p *plan) quoted(v reflect.Value) string {
	return string(append(p.show([]byte{'\''}, v), '\''))
}

// show appends a value as Java prints it: [a, b] for a list, Tag(key=a, value=b)
// for a structure. A sensitive one is ***, wherever it stands.
func (p *plan) show(b []byte, v reflect.Value) []byte {
	if p.shape.Sensitive {
		return append(b, "***"...)
	}
	switch p.form {
	case formString:
		return append(b, v.String()...)
	case formBool:
		return strconv.AppendBool(b, v.Bool())
	case formInt:
		return strconv.AppendInt(b, v.Int(), 10)
	case formFloat:
		return strconv.AppendFloat(b, v.Float(), 'g', -1, 64)
	case formTime:
		return v.Interface().(Time).appendText(b)
	case formStruct:
		return p.showMembers(b, v)
	case formList:
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = p.elem.showElement(b, v.Index(i))
		}
		return append(b, ']')
	}
	return append(b, "(binary)"...)
}

func (p *plan) showMembers(b []byte, v reflect.Value) []byte {
	b = append(b, p.shape.name...)
	b = append(b, '(')
	for i := range p.fields {
		f := &p.fields[i]
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, f.name...)
		b = append(b, '=')
		b = f.showElement(b, v.Field(f.index))
	}
	return append(b, ')')
}

// showElement is show for a value that may be a nil pointer.
func (p *plan) showElement(b []byte, v reflect.Value) []byte {
	if value, ok := p.element(v); ok {
		return p.show(b, value)
	}
	return append(b, "null"...)
}
