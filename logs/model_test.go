package logs

import (
	"strings"
	"testing"
)

// absent are members of AWS's answers that no group or stream has here.
var absent = []string{
	"kmsKeyId", "dataProtectionStatus", "inheritedProperties", "deletionProtectionEnabled", "bearerTokenAuthenticationEnabled",
	"uploadSequenceToken",
}

// TestModel holds every wire struct against AWS's model, both ways.
func TestModel(t *testing.T) {
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.operations) != len(s.model.Operations()) {
		t.Errorf("%d operations, the model has %d", len(s.operations), len(s.model.Operations()))
	}
	for _, name := range s.model.Operations() {
		op, ok := s.operations[name]
		if !ok {
			t.Errorf("%s is not in the table of operations", name)
			continue
		}
		out := op.newOutput()
		if _, none := out.(*nothing); none {
			out = nil
		}
		if err := s.model.Compare(name, op.newInput(), out); err != nil {
			for line := range strings.Lines(err.Error()) {
				if !excused(strings.TrimSpace(line)) {
					t.Errorf("%s: %s", name, line)
				}
			}
		}
	}
}

func excused(difference string) bool {
	for _, member := range absent {
		if strings.HasSuffix(difference, "no field for member "+member) {
			return true
		}
	}
	return false
}
