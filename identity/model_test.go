package identity

import (
	"strings"
	"testing"
)

// TestModels holds every wire struct against AWS's models, both ways.
func TestModels(t *testing.T) {
	for name, make := range map[string]func(Config) (*Service, error){"iam": NewIAM, "sts": NewSTS} {
		s, err := make(Config{})
		if err != nil {
			t.Fatal(err)
		}
		for _, operation := range s.model.Operations() {
			op, ok := s.operations[operation]
			if !ok {
				t.Errorf("%s: %s is not in the table of operations", name, operation)
				continue
			}
			out := op.newOutput()
			if _, none := out.(*nothing); none {
				out = nil
			}
			if err := s.model.Compare(operation, op.newInput(), out); err != nil {
				for line := range strings.Lines(err.Error()) {
					if !excused(strings.TrimSpace(line)) {
						t.Errorf("%s: %s", operation, line)
					}
				}
			}
		}
		if len(s.operations) != len(s.model.Operations()) {
			t.Errorf("%s: %d operations, the model has %d", name, len(s.operations), len(s.model.Operations()))
		}
	}
}

func excused(difference string) bool {
	for _, list := range []string{"InstanceProfiles[]", "PolicyUsers[]", "PolicyGroups[]"} {
		if strings.Contains(difference, list+": no field for member ") {
			return true
		}
	}
	return strings.HasSuffix(difference, "ListInstanceProfilesForRoleResponse: no field for member Marker")
}
