package secretsmanager_test

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// usual are values that make the calls of these tests succeed, by shape.
var usual = map[string]any{
	"SecretIdType":           "db",
	"NameType":               "fresh",
	"SecretVersionIdType":    token("v1"),
	"ClientRequestTokenType": token("v9"),
	"FilterNameStringType":   "name",
	"RotationLambdaARNType":  function,
	"ScheduleExpressionType": "rate(4 hours)",
	"DurationType":           "1h",
	"RegionType":             "eu-west-2",
	"NextTokenType":          "AAAA",
}

// fits makes a text of n characters for each pattern of the model. A pattern
// that is not here fails the test: teach it.
var fits = map[string]func(n int) string{
	"":                                  func(n int) string { return strings.Repeat("x", n) },
	`^[a-zA-Z0-9\-]+$`:                  func(n int) string { return strings.Repeat("x", n) },
	`^([a-z]+-)+\d+$`:                   func(n int) string { return strings.Repeat("x", max(n-2, 1)) + "-1" },
	`[0-9]+h`:                           func(n int) string { return strings.Repeat("1", max(n-1, 1)) + "h" },
	`^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$`: func(n int) string { return strings.Repeat("x", n) },
	`[0-9A-Za-z\(\)#\?\*\-\/, ]+`:       func(n int) string { return strings.Repeat("x", n) },
}

// sample is a value that holds all constraints.
func (c *contract) sample(shape string) any {
	s := c.Shapes[shape]
	if v, ok := usual[shape]; ok {
		return v
	}
	switch s.Type {
	case "structure":
		out := map[string]any{}
		for name, member := range s.Members {
			out[name] = c.sample(member.Shape)
		}
		return out
	case "list":
		return c.list(s, max(1, least(s)))
	case "boolean":
		return false
	case "string":
		if s.Enum != nil {
			return s.Enum[0]
		}
	}
	return sized(s, max(1, least(s)))
}

// list has n elements that hold theirs.
func (c *contract) list(s *modelShape, n int) []any {
	out := []any{}
	for range n {
		out = append(out, c.sample(s.Member.Shape))
	}
	return out
}

// sized is a value of a size: characters, bytes, or the number itself.
func sized(s *modelShape, n int) any {
	switch s.Type {
	case "blob":
		return base64.StdEncoding.EncodeToString(make([]byte, n))
	case "integer", "long":
		return n
	}
	fit, known := fits[s.Pattern]
	if !known {
		panic("no text is known to fit " + s.Pattern)
	}
	return fit(n)
}

func least(s *modelShape) int {
	if s.Min == nil {
		return 0
	}
	return *s.Min
}

// edges are the values just inside and just outside of a shape's constraints.
func (c *contract) edges(s *modelShape) (inside, outside []any) {
	of := func(n int) any {
		if s.Type == "list" {
			return c.list(s, n)
		}
		return sized(s, n)
	}
	if s.Max != nil {
		inside, outside = append(inside, of(*s.Max)), append(outside, of(*s.Max+1))
	}
	if s.Min != nil {
		inside = append(inside, of(*s.Min))
		switch {
		case *s.Min > 0 && s.Type == "string":
			outside = append(outside, strings.Repeat("x", *s.Min-1)) // whatever the pattern
		case *s.Min > 0:
			outside = append(outside, of(*s.Min-1))
		}
	}
	for _, v := range s.Enum {
		inside = append(inside, v)
	}
	if s.Enum != nil {
		outside = append(outside, "")
	}
	if s.Enum != nil || s.Pattern != "" {
		outside = append(outside, strings.Repeat("~", max(2, least(s))))
	}
	return inside, outside
}

// measure is the size and the text of a value, for the rules.
func measure(v any) (int, string) {
	switch v := v.(type) {
	case int:
		return v, ""
	case []any:
		return len(v), ""
	case string:
		return len(v), v
	}
	panic(fmt.Sprintf("what is %T?", v))
}

// broken are the rules that a value of a shape breaks.
func (s *modelShape) broken(v any) (out []string) {
	size, text := measure(v)
	if s.Type == "blob" {
		size = base64.StdEncoding.DecodedLen(size) - strings.Count(text, "=")
	}
	for _, r := range s.rules() {
		if !r.holds(size, text) {
			out = append(out, r.text)
		}
	}
	return out
}
