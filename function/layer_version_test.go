package function_test

import (
	"testing"

	"github.com/alberti-dev/alberti/function"
)

func TestVersionNumber(t *testing.T) {
	for name, want := range map[string]int64{"$LATEST": 0, "1": 1, "12": 12, "0": -1, "": -1, "live": -1, "-1": -1, "99999999999999999999": -1} {
		n, ok := function.VersionNumber(name)
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %d, %v", name, n, ok)
		}
	}
}

func TestParseLayer(t *testing.T) {
	for name, want := range map[string]string{
		"tools": "arn:aws:lambda:eu-west-1:000000000000:layer:tools",
		"arn:aws:lambda:us-east-1:111122223333:layer:tools": "arn:aws:lambda:us-east-1:111122223333:layer:tools",
	} {
		if got := function.ParseLayer(name, "000000000000", "eu-west-1").ARN(); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}
