package lambda

import (
	"strings"
	"testing"
)

// absent are members that nothing here has: container images, code signing,
// capacity providers, durable functions and tenants are not served.
var absent = []string{
	"CapacityProviderConfig", "CodeSigningConfigArn", "ConfigSha256", "DurableConfig", "DurableExecutionArn", "DurableExecutionName", "Error", "ImageConfig",
	"ImageConfigResponse", "MasterArn", "PublishTo", "SigningJobArn", "SigningProfileVersionArn",
	"SourceKMSKeyArn", "TagsError", "TenancyConfig", "TenantId",
	// The status of its success is 204 and nothing else.
	"DeleteFunctionResponse",
}

// TestModel holds every wire struct and every route against AWS's model.
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
	for _, op := range operations {
		at := s.Model.HTTP(op.Name)
		if op.route.Method != at.Method || op.route.Pattern != at.URI || op.route.Status != at.Status && op.Name != "DeleteFunction" {
			t.Errorf("%s is at %s %s (%d), the model has %+v", op.Name, op.route.Method, op.route.Pattern, op.route.Status, at)
		}
	}
}

func excused(difference string) bool {
	for _, member := range absent {
		if strings.HasSuffix(difference, "no field for member "+member) || strings.HasSuffix(difference, ": "+member+" has no struct") {
			return true
		}
	}
	return false
}

// TestServes tells Lambda's paths from others.
func TestServes(t *testing.T) {
	for path, want := range map[string]bool{
		"/2015-03-31/functions": true, "/2015-03-31/": true, "/2015-03-31": false, "/": false, "/healthz": false, "/2015-3-31/functions": false, "/20x5-03-31/f": false,
	} {
		if Serves(path) != want {
			t.Errorf("%s: %v", path, !want)
		}
	}
}
