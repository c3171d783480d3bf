package awsquery

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/alberti-dev/alberti/awsjson"
)

// encoder writes XML without prefixes and white space, as the services do.
type encoder struct{ bytes.Buffer }

func (e *encoder) open(name string)  { e.WriteString("<" + name + ">") }
func (e *encoder) close(name string) { e.WriteString("</" + name + ">") }

// text writes an element that holds a text. What XML cannot hold is replaced.
func (e *encoder) text(name, text string) {
	e.open(name)
	xml.EscapeText(&e.Buffer, []byte(text)) // a buffer takes everything
	e.close(name)
}

var timeType = reflect.TypeFor[awsjson.Time]()

// element writes a value. Absent is a nil pointer or list, an empty text without
// a pointer, and a time that is zero; truths and numbers without a pointer are
// always there. An empty list is an element, for clients to whom one that is
// missing is no list.
func (e *encoder) element(name string, v reflect.Value) error {
	switch v.Type() {
	case timeType:
		if t := time.Time(v.Interface().(awsjson.Time)); !t.IsZero() {
			e.text(name, t.UTC().Format("2006-01-02T15:04:05Z"))
		}
		return nil
	case sensitiveType:
		if s := v.Interface().(awsjson.Sensitive); !s.IsZero() {
			e.text(name, s.Reveal())
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		return e.pointed(name, v)
	case reflect.Struct:
		e.open(name)
		defer e.close(name)
		return e.members(v)
	case reflect.Slice:
		return e.list(name, v)
	case reflect.String:
		if v.Len() > 0 {
			e.text(name, v.String())
		}
	case reflect.Bool:
		e.text(name, strconv.FormatBool(v.Bool()))
	case reflect.Int32, reflect.Int64:
		e.text(name, strconv.FormatInt(v.Int(), 10))
	default:
		return fmt.Errorf("%s: no XML for a %v", name, v.Type())
	}
	return nil
}

// pointed writes what a pointer points to, an empty text too.
func (e *encoder) pointed(name string, v reflect.Value) error {
	switch {
	case v.IsNil():
		return nil
	case v.Elem().Kind() == reflect.String:
		e.text(name, v.Elem().String())
		return nil
	}
	return e.element(name, v.Elem())
}

func (e *encoder) members(v reflect.Value) error {
	for i := range v.NumField() {
		if err := e.element(memberName(v.Type().Field(i)), v.Field(i)); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) list(name string, v reflect.Value) error {
	if v.IsNil() {
		return nil
	}
	e.open(name)
	defer e.close(name)
	for i := range v.Len() {
		if err := e.element("member", v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}
