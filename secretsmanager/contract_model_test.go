package secretsmanager_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// contract is the service model, read anew: these tests share no code with what
// they test.
type contract struct {
	Operations map[string]struct {
		Input, Output ref
		Errors        []ref
	}
	Shapes map[string]*modelShape
}

type ref struct {
	Shape            string
	IdempotencyToken bool
}

type modelShape struct {
	Type          string
	Min, Max      *int
	Pattern       string
	Enum          []string
	Sensitive     bool
	Required      []string
	Members       map[string]ref
	Member, Value *ref
}

func readContract(t *testing.T) *contract {
	t.Helper()
	data, err := os.ReadFile("model.json")
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{}
	if err := json.Unmarshal(data, c); err != nil {
		t.Fatal(err)
	}
	return c
}

// rules are all constraints of a shape, in AWS's words and order.
func (s *modelShape) rules() (rules []rule) {
	noun := "length"
	if s.Type == "integer" || s.Type == "long" {
		noun = "value"
	}
	if s.Max != nil {
		rules = append(rules, rule{"have " + noun + " less than or equal to " + strconv.Itoa(*s.Max), func(n int, _ string) bool { return n <= *s.Max }})
	}
	if s.Min != nil {
		rules = append(rules, rule{"have " + noun + " greater than or equal to " + strconv.Itoa(*s.Min), func(n int, _ string) bool { return n >= *s.Min }})
	}
	if s.Pattern != "" {
		whole := regexp.MustCompile("^(?:" + s.Pattern + ")$")
		rules = append(rules, rule{"satisfy regular expression pattern: " + s.Pattern, func(_ int, v string) bool { return whole.MatchString(v) }})
	}
	if s.Enum != nil {
		rules = append(rules, rule{"satisfy enum value set: [" + strings.Join(s.Enum, ", ") + "]", func(_ int, v string) bool { return slices.Contains(s.Enum, v) }})
	}
	return rules
}

// rule is one constraint: what must hold of a value's size and its text.
type rule struct {
	text  string
	holds func(size int, text string) bool
}

// camel is a member as validation errors spell it.
func camel(member string) string {
	return strings.ToLower(member[:1]) + member[1:]
}

// names are the members of a structure, sorted.
func (s *modelShape) names() []string { return slices.Sorted(maps.Keys(s.Members)) }
