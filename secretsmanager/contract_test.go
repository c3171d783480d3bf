package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/secretsmanager"
)

// point is a place in an input that the model bounds: how a value gets there,
// and how AWS calls it.
type point struct {
	shape *modelShape
	path  string // "rotationRules.duration", "tags.1.member.key"
	wrap  func(v any) (member string, value any)
	elem  bool // an element of a list, whose failure is that of the list
}

// points lists the bounded places of a structure.
func (c *contract) points(s *modelShape, path string, wrap func(string, any) (string, any)) (out []point) {
	for _, name := range s.names() {
		shape := c.Shapes[s.Members[name].Shape]
		here := path + camel(name)
		put := func(v any) (string, any) { return wrap(name, v) }
		out = append(out, point{shape, here, put, false})
		inner := func(member string, v any) (string, any) { return put(map[string]any{member: v}) }
		switch shape.Type {
		case "structure":
			out = append(out, c.points(shape, here+".", inner)...)
		case "list":
			elem := c.Shapes[shape.Member.Shape]
			inList := func(member string, v any) (string, any) { return put([]any{map[string]any{member: v}}) }
			if elem.Type == "structure" {
				out = append(out, c.points(elem, here+".1.member.", inList)...)
			} else {
				out = append(out, point{elem, here, func(v any) (string, any) { return put([]any{v}) }, true})
			}
		}
	}
	return out
}

// TestContract sends, for every operation and every constraint that its model
// puts on an input, a value just inside and one just outside.
func TestContract(t *testing.T) {
	c := readContract(t)
	for _, operation := range secretsmanager.Ready() {
		t.Run(operation, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.create(t, "db", "one")
			b.does(t, "TagResource", `{"SecretId":"db","Tags":[{"Key":"a","Value":"b"}]}`)
			call := contractCall{t, b, c, operation}
			input := c.Shapes[c.Operations[operation].Input.Shape]
			call.required(input)
			top := func(member string, v any) (string, any) { return member, v }
			for _, p := range c.points(input, "", top) {
				call.edges(p)
			}
			call.inside("all that is required", nil)
		})
	}
}

// contractCall sends requests of one operation.
type contractCall struct {
	t         *testing.T
	b         *bench
	model     *contract
	operation string
}

// body is a good request, but for one member.
func (c contractCall) body(change map[string]any) string {
	input := c.model.Shapes[c.model.Operations[c.operation].Input.Shape]
	body := map[string]any{}
	for name, member := range input.Members {
		if member.IdempotencyToken || slices.Contains(input.Required, name) {
			body[name] = c.model.sample(member.Shape)
		}
	}
	maps.Copy(body, change)
	text, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

func (c contractCall) required(input *modelShape) {
	for _, name := range input.Required {
		if !input.Members[name].IdempotencyToken {
			c.b.refuses(c.t, c.operation, c.body(map[string]any{name: nil}), "ValidationException",
				"1 validation error detected: Value null at '"+camel(name)+"'"+violated+"not be null")
		}
	}
}

func (c contractCall) edges(p point) {
	inside, outside := c.model.edges(p.shape)
	for _, v := range inside {
		if len(p.shape.broken(v)) > 0 {
			continue // the shortest that the pattern allows is longer
		}
		member, value := p.wrap(v)
		c.inside(fmt.Sprintf("%s of %.80v", p.path, v), map[string]any{member: value})
	}
	for _, v := range outside {
		if len(p.shape.broken(v)) == 0 {
			c.t.Fatalf("%s: %.80v breaks nothing", p.path, v)
		}
		member, value := p.wrap(v)
		c.outside(p, v, c.body(map[string]any{member: value}))
	}
}

// inside wants an answer that is no validation error, and of modelled members.
func (c contractCall) inside(what string, change map[string]any) {
	c.t.Helper()
	r := c.b.post(c.t, c.operation, c.body(change))
	if r.body["__type"] == "ValidationException" || r.status >= 500 {
		c.t.Errorf("%s: %d %.300s", what, r.status, r.raw)
	}
	c.answer(what, r)
}

// outside wants every broken rule told, in one answer.
func (c contractCall) outside(p point, v any, body string) {
	c.t.Helper()
	r := c.b.post(c.t, c.operation, body)
	c.answer(p.path, r)
	got, _ := r.body["message"].(string)
	if r.status != 400 || r.body["__type"] != "ValidationException" || !told(got, p, v) {
		c.t.Errorf("%s of %.80v:\n got %d %.600s\nwant %v", p.path, v, r.status, r.raw, p.shape.broken(v))
	}
}

// told tells whether a text is the one for a value that is out of bounds. How a
// list of structures is printed is not held here.
func told(text string, p point, v any) bool {
	failures := []string{}
	for _, broken := range p.shape.broken(v) {
		failures = append(failures, "Value "+printed(p, v)+" at '"+p.path+"'"+violated+broken)
	}
	if p.elem {
		var all []string
		for _, r := range p.shape.rules() {
			all = append(all, "Member must "+r.text)
		}
		failures = []string{"Value '[" + fmt.Sprint(v) + "]' at '" + p.path + "'" + violated + "satisfy constraint: [" + strings.Join(all, ", ") + "]"}
	}
	noun := " validation errors detected: "
	if len(failures) == 1 {
		noun = " validation error detected: "
	}
	want := fmt.Sprint(len(failures), noun, strings.Join(failures, "; "))
	before, after, open := strings.Cut(want, "…")
	return text == want || open && strings.HasPrefix(text, before) && strings.HasSuffix(text, after)
}

// printed is a value as AWS prints it, with … for what is not held.
func printed(p point, v any) string {
	list, isList := v.([]any)
	switch {
	case p.shape.Sensitive, len(fmt.Sprint(v)) > 8<<10: // what is long is not repeated
		return "'***'"
	case !isList:
		return fmt.Sprintf("'%v'", v)
	case len(list) > 0:
		if _, structure := list[0].(map[string]any); structure {
			return "'[…]'"
		}
	}
	var texts []string
	for _, e := range list {
		texts = append(texts, fmt.Sprint(e))
	}
	return "'[" + strings.Join(texts, ", ") + "]'"
}
