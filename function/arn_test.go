package function_test

import (
	"testing"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
)

// TestParseRef reads every form of a name (lambda.md, 2.1).
func TestParseRef(t *testing.T) {
	const account, region = "123456789012", "eu-west-1"
	ref := func(region, account, name, qualifier string) function.Ref {
		return function.Ref{Region: region, Account: account, Name: name, Qualifier: qualifier}
	}
	for _, c := range []struct {
		name, qualifier string
		want            function.Ref
	}{
		{"f", "", ref(region, account, "f", "")},
		{"f", "live", ref(region, account, "f", "live")},
		{"f:live", "", ref(region, account, "f", "live")},
		{"f:live", "live", ref(region, account, "f", "live")},
		{"f:$LATEST", "", ref(region, account, "f", "$LATEST")},
		{"function:f", "", ref(region, account, "f", "")},
		{"function:f:3", "", ref(region, account, "f", "3")},
		{"000000000000:function:f", "", ref(region, "000000000000", "f", "")},
		{"us-east-1:000000000000:function:f:1", "", ref("us-east-1", "000000000000", "f", "1")},
		{"arn:aws:lambda:us-east-1:000000000000:function:f", "2", ref("us-east-1", "000000000000", "f", "2")},
		{"arn:aws-us-gov:lambda:us-gov-west-1:000000000000:function:f:$LATEST", "", ref("us-gov-west-1", "000000000000", "f", "$LATEST")},
		{"arn:aws:lambda:us-east-1:000000000000:function", "", ref("us-east-1", "000000000000", "function", "")},
		{"function", "", ref(region, account, "function", "")},
		{"123456789012", "", ref(region, account, "123456789012", "")},
		{"a.b", "", ref(region, account, "a.b", "")},
	} {
		got, err := function.ParseRef(c.name, c.qualifier, account, region)
		if err != nil || got != c.want {
			t.Errorf("%s, %q: %+v, %v", c.name, c.qualifier, got, err)
		}
	}
	if _, err := function.ParseRef("f:1", "2", account, region); fault.KindOf(err) != fault.InvalidParameter {
		t.Errorf("two qualifiers: %v", err)
	}
	if _, err := function.ParseRef("a b", "", account, region); fault.KindOf(err) != fault.Validation {
		t.Errorf("no name at all: %v", err)
	}
}

func TestNumber(t *testing.T) {
	for qualifier, want := range map[string]int64{"1": 1, "007": 7, "0": 0} {
		if n, ok := (function.Ref{Qualifier: qualifier}).Number(); n != want || !ok {
			t.Errorf("%s: %d, %v", qualifier, n, ok)
		}
	}
	for _, qualifier := range []string{"", "live", "$LATEST", "-1", "+1", "1a", "99999999999999999999"} {
		if n, ok := (function.Ref{Qualifier: qualifier}).Number(); ok {
			t.Errorf("%q is %d", qualifier, n)
		}
	}
}

// TestSameAs: a description that a version was given does not make it another one.
func TestSameAs(t *testing.T) {
	latest := function.Configuration{Runtime: "python3.12", Description: "latest"}.WithDefaults("f")
	own := "its own"
	published := latest.PublishedAs(&own)
	if published.Description != own || !published.SameAs(latest) || !latest.SameAs(published) || !latest.PublishedAs(nil).SameAs(latest) {
		t.Errorf("%+v", published)
	}
	for name, other := range map[string]function.Configuration{
		"description": {Runtime: "python3.12", Description: "other"}, "runtime": {Runtime: "python3.13", Description: "latest"},
		"environment": {Runtime: "python3.12", Description: "latest", HasEnvironment: true}, "its own": {Runtime: "python3.12", Description: own},
	} {
		if published.SameAs(other.WithDefaults("f")) {
			t.Errorf("another %s makes no difference", name)
		}
	}
}
