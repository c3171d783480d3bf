package rotator_test

import (
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// TestWith wants all that is not replaced to stay as it was written.
func TestWith(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{`{}`, `{"b":"new","c":"also"}`},
		{`{"z":12345678901234567890123,"b":"old","a":1.0e2}`, `{"z":12345678901234567890123,"b":"new","a":1.0e2,"c":"also"}`},
		{` { "c" : [ 1 , {} ], "é" : "\u00e9" } `, `{"c":"also","é":"é","b":"new"}`},
		{`plain`, ""}, {`[]`, ""}, {`{"b":"old"`, ""}, {`{} {}`, ""}, {``, ""},
	} {
		got, err := rotator.With(secret.Text(c.value), rotator.TextMember("b", "new"), rotator.TextMember("c", "also"))
		if string(got.Reveal()) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %s, %v, want %s", c.value, got.Reveal(), err, c.want)
		}
	}
	if _, err := rotator.With(secret.Binary([]byte(`{}`))); err == nil {
		t.Error("bytes were taken for an object")
	}
}
