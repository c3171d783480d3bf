package awsjson

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync/atomic"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/fault"
)

// Model is a service as AWS describes it: its operations, the shapes of their
// inputs and outputs, and the constraints on those. It is safe for concurrent
// use.
type Model struct {
	// Terse leaves values, and the texts of enumerations, out of what Check says:
	// so does IAM (iam-kms.md, 3.4).
	Terse bool
	// Breach is what kind of error a broken constraint is.
	Breach fault.Kind

	operations map[string]*operation
	shapes     map[string]*shape
}

type operation struct {
	HTTP   HTTP        `json:"http"`
	Input  *reference  `json:"input"`
	Output *reference  `json:"output"`
	Errors []reference `json:"errors"`

	// The plans for the Go types met last, which in a server are the only ones.
	input, output atomic.Pointer[plan]
}

type reference struct {
	Shape            string `json:"shape"`
	IdempotencyToken bool   `json:"idempotencyToken"`
	Location         string `json:"location"`
	LocationName     string `json:"locationName"`
}

// shape is one type of the model, as botocore writes it.
type shape struct {
	Type      string               `json:"type"`
	Sensitive bool                 `json:"sensitive"`
	Min       *int64               `json:"min"`
	Max       *int64               `json:"max"`
	Pattern   string               `json:"pattern"`
	Enum      []string             `json:"enum"`
	Required  []string             `json:"required"`
	Members   map[string]reference `json:"members"`
	Member    *reference           `json:"member"` // of a list
	Key       *reference           `json:"key"`    // of a map
	Value     *reference           `json:"value"`
	Payload   string               `json:"payload"` // the member that is the whole body

	// What botocore does not write. Matcher matches what Pattern does, where Go
	// cannot compile that; NotNull has a list's failures name one rule more.
	Matcher string `json:"matcher"`
	NotNull bool   `json:"notNull"`

	name   string
	regexp *regexp.Regexp
}

// ParseModel reads a service model in botocore's JSON format (service-2.json,
// with or without its prose). Its patterns hold for the whole string, anchored
// or not, as they do at AWS, whose Java matches so.
func ParseModel(data []byte) (*Model, error) {
	var file struct {
		Operations map[string]*operation `json:"operations"`
		Shapes     map[string]*shape     `json:"shapes"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("service model: %w", err)
	}
	m := &Model{Breach: fault.Validation, operations: file.Operations, shapes: file.Shapes}
	for name, s := range m.shapes {
		s.name = name
		if err := m.prepare(s); err != nil {
			return nil, fmt.Errorf("service model: shape %s: %w", name, err)
		}
	}
	for name, o := range m.operations {
		if err := m.known(append(o.Errors, deref(o.Input, o.Output)...)); err != nil {
			return nil, fmt.Errorf("service model: operation %s: %w", name, err)
		}
	}
	return m, nil
}

// javaCharacter is how the patterns of models write a character by its number.
var javaCharacter = regexp.MustCompile(`\\u([0-9A-F]{4,6})`)

// prepare compiles a shape's pattern and checks what it refers to.
func (m *Model) prepare(s *shape) (err error) {
	if s.Pattern != "" {
		ours := javaCharacter.ReplaceAllString(cmp.Or(s.Matcher, s.Pattern), `\x{$1}`)
		if s.regexp, err = regexp.Compile(`\A(?:` + ours + `)\z`); err != nil {
			return err
		}
	}
	return m.known(append(slices.Collect(maps.Values(s.Members)), deref(s.Member, s.Key, s.Value)...))
}

func (m *Model) known(refs []reference) error {
	for _, r := range refs {
		if m.shapes[r.Shape] == nil {
			return fmt.Errorf("no shape %q", r.Shape)
		}
	}
	return nil
}

func deref(refs ...*reference) (present []reference) {
	for _, r := range refs {
		if r != nil {
			present = append(present, *r)
		}
	}
	return present
}

// shape gives the shape referred to, nil for no reference.
func (m *Model) shape(r *reference) *shape {
	if r == nil {
		return nil
	}
	return m.shapes[r.Shape]
}

// Operations lists the names of all operations, sorted.
func (m *Model) Operations() []string {
	return slices.Sorted(maps.Keys(m.operations))
}

// Errors lists the codes that an operation is modelled to fail with; codes that
// any operation may fail with are not among them.
func (m *Model) Errors(operation string) []string {
	var codes []string
	if o := m.operations[operation]; o != nil {
		for _, e := range o.Errors {
			codes = append(codes, e.Shape)
		}
	}
	return codes
}
