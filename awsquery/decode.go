package awsquery

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/fault"
)

// decode reads parameters into the struct that v points to. Names are
// case-sensitive and unknown ones are passed over, Action and Version among them.
// What a member cannot hold is an error of the kind fault.Serialization.
func (f *form) decode(v any) error { return f.into(reflect.ValueOf(v).Elem()) }

var sensitiveType = reflect.TypeFor[awsjson.Sensitive]()

func (f *form) into(v reflect.Value) error {
	if v.Type() == sensitiveType {
		v.Set(reflect.ValueOf(awsjson.NewSensitive(f.text)))
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return f.into(v.Elem())
	case reflect.Struct:
		return f.members(v)
	case reflect.Slice:
		return f.elements(v)
	case reflect.String:
		v.SetString(f.text)
		return nil
	case reflect.Bool:
		return f.truth(v)
	case reflect.Int32, reflect.Int64:
		return f.number(v)
	}
	return fmt.Errorf("a form cannot hold a %v", v.Type())
}

func (f *form) members(v reflect.Value) error {
	for i := range v.NumField() {
		if below := f.below[memberName(v.Type().Field(i))]; below != nil {
			if err := below.into(v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// memberName is a field's name on the wire.
func memberName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return name
}

// elements reads Name.member.1, Name.member.2 …; the numbers give the order, and
// may have gaps. Name= alone is an empty list.
func (f *form) elements(v reflect.Value) error {
	type element struct {
		at int
		*form
	}
	var all []element
	if list := f.below["member"]; list != nil {
		for name, below := range list.below {
			at, err := strconv.Atoi(name)
			if err != nil || at < 1 {
				return fault.New(fault.Serialization, "The members of a list are numbered from 1.")
			}
			all = append(all, element{at, below})
		}
	}
	slices.SortFunc(all, func(a, b element) int { return cmp.Compare(a.at, b.at) })
	v.Set(reflect.MakeSlice(v.Type(), len(all), len(all)))
	for i, e := range all {
		if err := e.into(v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func (f *form) truth(v reflect.Value) error {
	switch f.text {
	case "true", "false":
		v.SetBool(f.text == "true")
		return nil
	}
	return fault.New(fault.Serialization, "A boolean is true or false.")
}

func (f *form) number(v reflect.Value) error {
	n, err := strconv.ParseInt(f.text, 10, v.Type().Bits())
	if err != nil {
		return fault.New(fault.Serialization, "A number is an integer of at most %d bits.", v.Type().Bits())
	}
	v.SetInt(n)
	return nil
}
