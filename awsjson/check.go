package awsjson

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/alberti-dev/alberti/fault"
)

// Check holds the input of an operation, a pointer to its wire struct, to the
// model: required members, lengths (characters of a string, bytes of a blob,
// elements of a list), ranges, patterns and enumerations. All that is wrong is
// told in one error of the model's kind Breach (section 1.7), sensitive values as
// ***. An idempotency token is never required: its operation knows what to answer
// without one.
//
// An input that does not fit the model at all gives an error without a kind;
// [Model.Compare] in a test finds that earlier.
func (m *Model) Check(operation string, input any) error {
	p, err := m.inputPlan(operation, input)
	if err != nil {
		return fmt.Errorf("check: %w", err)
	}
	v, ok := p.value(reflect.ValueOf(input))
	if !ok {
		return fmt.Errorf("check: no input for %s", operation)
	}
	c := m.checker()
	c.members(p, v, "")
	return c.err()
}

// checker collects the failures of one input.
type checker struct {
	terse    bool       // see Model.Terse
	breach   fault.Kind // see Model.Breach
	failures int
	text     strings.Builder
}

func (m *Model) checker() checker { return checker{terse: m.Terse, breach: m.Breach} }

// fail adds a failure; value is as it is to be printed, quotes included.
func (c *checker) fail(path, value, constraint string) {
	if c.terse {
		value, constraint = "", withoutSet(constraint)
	} else {
		value += " "
	}
	c.add("Value " + value + "at '" + path + "' failed to satisfy constraint: " + constraint)
}

// withoutSet leaves out which texts an enumeration has.
func withoutSet(constraint string) string {
	if before, _, ok := strings.Cut(constraint, enumRule+": ["); ok {
		return before + enumRule
	}
	return constraint
}

func (c *checker) add(failure string) {
	if c.failures++; c.failures > 1 {
		c.text.WriteString("; ")
	}
	c.text.WriteString(failure)
}

// err is all failures in one, nil for none.
func (c *checker) err() error {
	if c.failures == 0 {
		return nil
	}
	noun := "errors"
	if c.failures == 1 {
		noun = "error"
	}
	return fault.New(c.breach, "%d validation %s detected: %s", c.failures, noun, c.text.String())
}

// members checks the members of a structure; prefix is the path to them.
func (c *checker) members(p *plan, v reflect.Value, prefix string) {
	for i := range p.fields {
		f := &p.fields[i]
		value, ok := f.value(v.Field(f.index))
		switch {
		case ok:
			c.member(&f.plan, value, prefix, f.name)
		case f.required:
			c.fail(prefix+f.name, "null", "Member must not be null")
		}
	}
}

// member checks one member, the path to which is joined only when it fails.
func (c *checker) member(p *plan, v reflect.Value, prefix, name string) {
	for _, constraint := range p.broken(v) {
		c.fail(prefix+name, p.quoted(v), constraint)
	}
	switch p.form {
	case formStruct:
		c.members(p, v, prefix+name+".")
	case formList:
		c.elements(p, v, prefix+name)
	case formMap:
		c.keys(p, v, prefix+name)
	}
}

// keys checks the keys of a map, which fail it once, its content untold.
func (c *checker) keys(p *plan, v reflect.Value, path string) {
	if p.key == nil || len(p.key.rules()) == 0 {
		return
	}
	for key := range v.Seq() {
		if p.key.breaks(key.String()) {
			c.add("Value at '" + path + "' failed to satisfy constraint: Map keys must satisfy constraint: [" +
				strings.Join(p.key.rules(), ", ") + "]")
			return
		}
	}
}

// breaks tells whether a text breaks a rule of a string's shape.
func (s *shape) breaks(text string) bool {
	n := int64(utf8.RuneCountInString(text))
	return s.Max != nil && n > *s.Max || s.Min != nil && n < *s.Min ||
		s.regexp != nil && !s.regexp.MatchString(text) || s.Enum != nil && !slices.Contains(s.Enum, text)
}

// elements checks the elements of a list. A structure's members fail each for
// itself; other elements fail the list, once, under all rules they have.
func (c *checker) elements(p *plan, v reflect.Value, path string) {
	for i := range v.Len() {
		elem, ok := p.elem.element(v.Index(i))
		switch {
		case !ok:
		case p.elem.form == formStruct:
			c.members(p.elem, elem, path+"."+strconv.Itoa(i+1)+".member.")
		case p.elem.broken(elem) != nil:
			rules := p.elem.shape.rules()
			if p.shape.NotNull {
				rules = append(rules, "Member must not be null")
			}
			c.fail(path, p.quoted(v), "Member must satisfy constraint: ["+strings.Join(rules, ", ")+"]")
			return
		}
	}
}

const enumRule = "Member must satisfy enum value set"

// noNUL is a rule of ours for every text but a value: PostgreSQL keeps none with
// that character, and nobody means it.
const noNUL = "Member must not contain the character U+0000"

// broken lists the rules of the shape that a value breaks, nil for none.
func (p *plan) broken(v reflect.Value) (rules []string) {
	s := p.shape
	if p.form == formString && strings.IndexByte(v.String(), 0) >= 0 {
		rules = append(rules, noNUL)
	}
	if s.Min == nil && s.Max == nil && s.regexp == nil && s.Enum == nil {
		return rules
	}
	n, text := p.measure(v)
	if s.Max != nil && n > *s.Max {
		rules = append(rules, s.maxRule())
	}
	if s.Min != nil && n < *s.Min {
		rules = append(rules, s.minRule())
	}
	if s.regexp != nil && !s.regexp.MatchString(text) {
		rules = append(rules, s.patternRule())
	}
	if s.Enum != nil && !slices.Contains(s.Enum, text) {
		rules = append(rules, s.enumRule())
	}
	return rules
}

// measure gives the number that min and max are about, and the text of a string.
func (p *plan) measure(v reflect.Value) (n int64, text string) {
	switch p.form {
	case formString:
		text = v.String()
		return int64(utf8.RuneCountInString(text)), text
	case formSensitive:
		text = v.Interface().(Sensitive).Reveal()
		return int64(utf8.RuneCountInString(text)), text
	case formSensitiveBlob:
		return int64(len(v.Interface().(SensitiveBlob).Reveal())), ""
	case formInt:
		return v.Int(), ""
	case formFloat: // bounds are whole numbers: what is between two of them counts as the outer one
		if f := v.Float(); f < 0 {
			return int64(math.Floor(f)), ""
		}
		return int64(math.Ceil(v.Float())), ""
	case formBlob, formList, formMap:
		return int64(v.Len()), ""
	}
	return 0, ""
}

// rules lists all rules of a shape.
func (s *shape) rules() (rules []string) {
	if s.Max != nil {
		rules = append(rules, s.maxRule())
	}
	if s.Min != nil {
		rules = append(rules, s.minRule())
	}
	if s.regexp != nil {
		rules = append(rules, s.patternRule())
	}
	if s.Enum != nil {
		rules = append(rules, s.enumRule())
	}
	return rules
}

func (s *shape) maxRule() string {
	return fmt.Sprintf("Member must have %s less than or equal to %d", s.measured(), *s.Max)
}

func (s *shape) minRule() string {
	return fmt.Sprintf("Member must have %s greater than or equal to %d", s.measured(), *s.Min)
}

func (s *shape) patternRule() string {
	return "Member must satisfy regular expression pattern: " + s.Pattern
}

func (s *shape) enumRule() string {
	return enumRule + ": [" + strings.Join(s.Enum, ", ") + "]"
}

func (s *shape) measured() string {
	if s.Type == "integer" || s.Type == "long" || s.Type == "double" {
		return "value"
	}
	return "length"
}
