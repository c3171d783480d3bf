package function_test

import (
	"testing"

	"github.com/alberti-dev/alberti/function"
)

// TestCheckTogether counts the layers of a package with it.
func TestCheckTogether(t *testing.T) {
	const most = 262144000
	layers := []function.Layer{{Code: function.Code{Unzipped: 100}}, {Code: function.Code{Unzipped: 50}}}
	if err := function.CheckTogether(function.Code{Unzipped: most - 150}, layers); err != nil {
		t.Errorf("just enough: %v", err)
	}
	err := function.CheckTogether(function.Code{Unzipped: most - 149}, layers)
	if want := "Unzipped size must be smaller than 262144000 bytes"; err == nil || err.Error() != want {
		t.Errorf("too much: %v", err)
	}
}

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
