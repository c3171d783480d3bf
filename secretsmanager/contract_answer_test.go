package secretsmanager_test

import (
	"fmt"
	"slices"
)

// unmodelled are the codes that any operation may answer with; they spell their
// text message (secrets-manager.md, 1.3).
var unmodelled = []string{"ValidationException", "AccessDeniedException", "SerializationException"}

// answer holds a reply to the model: members that it has, and codes that the
// operation may fail with.
func (c contractCall) answer(what string, r reply) {
	c.t.Helper()
	op := c.model.Operations[c.operation]
	if r.status == 200 {
		if extra := c.model.strange(op.Output.Shape, r.body); extra != "" {
			c.t.Errorf("%s: the model has no %s in %.300s", what, extra, r.raw)
		}
		return
	}
	code, member := fmt.Sprint(r.body["__type"]), "Message"
	switch {
	case slices.Contains(unmodelled, code):
		member = "message"
	case !slices.ContainsFunc(op.Errors, func(e ref) bool { return e.Shape == code }):
		c.t.Errorf("%s: the model has no %s for %s", what, code, c.operation)
	}
	if members(r.body) != member+" __type" && members(r.body) != "__type "+member {
		c.t.Errorf("%s: %s is answered with %s", what, code, members(r.body))
	}
}

// strange names a member of an answer that its shape lacks, or that is null
// instead of absent; "" for none.
func (c *contract) strange(shape string, v any) string {
	s := c.Shapes[shape]
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			member := ""
			switch {
			case value == nil:
				return "null " + name
			case s == nil:
				return name
			case s.Type == "map":
				member = s.Value.Shape
			case s.Members[name].Shape == "":
				return name
			default:
				member = s.Members[name].Shape
			}
			if inner := c.strange(member, value); inner != "" {
				return name + "." + inner
			}
		}
	case []any:
		for _, e := range v {
			if inner := c.strange(s.Member.Shape, e); inner != "" {
				return "[]." + inner
			}
		}
	}
	return ""
}
