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
	for _, difference := range s.Compare() {
		if !excused(difference) {
			t.Error(difference)
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
