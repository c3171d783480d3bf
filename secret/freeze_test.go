package secret_test

import (
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

// freeze is one on every secret of someARN's account and region.
func freeze(from, to string) secret.Freeze {
	return secret.Freeze{Account: someARN.Account, Region: someARN.Region, From: at(from), To: at(to), Reason: "year's end"}
}

func TestFreezeHolds(t *testing.T) {
	s := newSecret() // prod/app/db
	s.Tags = []secret.Tag{{Key: "team", Value: "red"}, {Key: "env", Value: ""}}
	const during = "2026-12-24T12:00:00Z"
	for name, test := range map[string]struct {
		change func(*secret.Freeze)
		at     string
		holds  bool
	}{
		"everything":           {func(*secret.Freeze) {}, during, true},
		"its first moment":     {func(*secret.Freeze) {}, "2026-12-24T00:00:00Z", true},
		"a second before":      {func(*secret.Freeze) {}, "2026-12-23T23:59:59Z", false},
		"its last second":      {func(*secret.Freeze) {}, "2027-01-01T23:59:59Z", true},
		"its end":              {func(*secret.Freeze) {}, "2027-01-02T00:00:00Z", false},
		"another account":      {func(f *secret.Freeze) { f.Account = "000000000000" }, during, false},
		"another region":       {func(f *secret.Freeze) { f.Region = "us-east-1" }, during, false},
		"the name":             {func(f *secret.Freeze) { f.Match = "prod/app/db" }, during, true},
		"a part of the name":   {func(f *secret.Freeze) { f.Match = "prod/app" }, during, false},
		"stars cross slashes":  {func(f *secret.Freeze) { f.Match = "prod/*" }, during, true},
		"stars inside":         {func(f *secret.Freeze) { f.Match = "p*app*b" }, during, true},
		"a question mark":      {func(f *secret.Freeze) { f.Match = "prod/app/d?" }, during, true},
		"a question mark more": {func(f *secret.Freeze) { f.Match = "prod/app/db?" }, during, false},
		"another pattern":      {func(f *secret.Freeze) { f.Match = "test/*" }, during, false},
		"a dot is a dot":       {func(f *secret.Freeze) { f.Match = "prod.app/db" }, during, false},
		"a tag":                {func(f *secret.Freeze) { f.Tag = &secret.Tag{Key: "team", Value: "red"} }, during, true},
		"a tag without value":  {func(f *secret.Freeze) { f.Tag = &secret.Tag{Key: "env"} }, during, true},
		"another value":        {func(f *secret.Freeze) { f.Tag = &secret.Tag{Key: "team", Value: "blue"} }, during, false},
		"another tag":          {func(f *secret.Freeze) { f.Tag = &secret.Tag{Key: "red", Value: "team"} }, during, false},
	} {
		f := freeze("2026-12-24T00:00:00Z", "2027-01-02T00:00:00Z")
		test.change(&f)
		if f.Holds(s, at(test.at)) != test.holds {
			t.Errorf("%s: %v", name, !test.holds)
		}
	}
}

func TestFreezeCheck(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*secret.Freeze)
		text   string
	}{
		"good":                  {func(*secret.Freeze) {}, ""},
		"it began":              {func(f *secret.Freeze) { f.From = birth.Add(-day) }, ""},
		"of no length":          {func(f *secret.Freeze) { f.From = f.To }, "The freeze must begin before it ends: From is 2027-01-02T00:00:00Z, To is 2027-01-02T00:00:00Z."},
		"backwards":             {func(f *secret.Freeze) { f.From, f.To = f.To, f.From }, "The freeze must begin before it ends: From is 2027-01-02T00:00:00Z, To is 2026-12-24T00:00:00Z."},
		"past":                  {func(f *secret.Freeze) { f.From, f.To = birth.Add(-day), birth }, "The freeze is over already: To is 2026-11-21T09:30:15Z."},
		"without a reason":      {func(f *secret.Freeze) { f.Reason = " " }, "The freeze needs a Reason: it is what people are told whose rotation it refuses."},
		"a pattern and a tag":   {func(f *secret.Freeze) { f.Match, f.Tag = "*", &secret.Tag{Key: "a"} }, "Give the freeze a Match or a TagKey, not both."},
		"a pattern of no names": {func(f *secret.Freeze) { f.Match = "prod[0-9]" }, `Invalid Match "prod[0-9]": it is the name of a secret, in which * stands for any characters and ? for one.`},
	} {
		f := freeze("2026-12-24T00:00:00Z", "2027-01-02T00:00:00Z")
		test.change(&f)
		err := f.Check(birth)
		if test.text == "" && err == nil {
			continue
		}
		if fault.KindOf(err) != fault.InvalidParameter || fault.Message(err) != test.text {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestFreezesOverlap: what overlaps, or follows at once, is one freeze.
func TestFreezesOverlap(t *testing.T) {
	s := newSecret()
	other := freeze("2026-12-31T00:00:00Z", "2027-12-31T00:00:00Z")
	other.Match = "test/*"
	fs := secret.Freezes{
		freeze("2026-12-24T00:00:00Z", "2026-12-27T00:00:00Z"),
		freeze("2026-12-26T00:00:00Z", "2026-12-28T00:00:00Z"),
		freeze("2026-12-26T00:00:00Z", "2026-12-26T12:00:00Z"),
		freeze("2026-12-28T00:00:00Z", "2026-12-29T00:00:00Z"),
		freeze("2026-12-29T00:00:01Z", "2027-01-02T00:00:00Z"),
		other,
	}
	for now, end := range map[string]string{
		"2026-12-23T00:00:00Z": "", "2026-12-24T00:00:00Z": "2026-12-29T00:00:00Z", "2026-12-28T23:59:59Z": "2026-12-29T00:00:00Z",
		"2026-12-29T00:00:00Z": "", "2026-12-29T00:00:01Z": "2027-01-02T00:00:00Z", "2027-01-02T00:00:00Z": "",
	} {
		until, frozen := fs.Until(s, at(now))
		if want := end != ""; frozen != want || want && !until.Equal(at(end)) || !want && !until.Equal(at(now)) {
			t.Errorf("at %s: %v until %v", now, frozen, until)
		}
	}
	fs[1].Reason = "the long one"
	wantFault(t, fs.NotFrozen(s, at("2026-12-26T06:00:00Z")), fault.InvalidRequest,
		"The rotation of secret "+someARN.String()+" is frozen until 2026-12-29T00:00:00Z: the long one")
	if err := fs.NotFrozen(s, at("2026-12-29T00:00:00Z")); err != nil {
		t.Error(err)
	}
}

// TestGlobIsQuick: no pattern takes long, however many stars it has.
func TestGlobIsQuick(t *testing.T) {
	s := newSecret()
	s.ARN.Name = strings.Repeat("a", 512)
	f := freeze("2026-12-24T00:00:00Z", "2027-01-02T00:00:00Z")
	f.Match = strings.Repeat("*a", 250) + "b"
	began := time.Now()
	if f.Holds(s, f.From) {
		t.Error("it matches")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}
