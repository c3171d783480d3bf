package secret_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

func TestTags(t *testing.T) {
	s := newSecret()
	for i, step := range []struct {
		add    []secret.Tag
		remove []string
		want   []secret.Tag
	}{
		{remove: []string{"a"}, want: nil}, // never tagged
		{add: []secret.Tag{{Key: "b", Value: "1"}, {Key: "a", Value: ""}}, want: []secret.Tag{{Key: "b", Value: "1"}, {Key: "a", Value: ""}}},
		{add: []secret.Tag{{Key: "c", Value: "3"}, {Key: "b", Value: "2"}}, want: []secret.Tag{{Key: "b", Value: "2"}, {Key: "a", Value: ""}, {Key: "c", Value: "3"}}},
		{add: []secret.Tag{{Key: "d", Value: "4"}, {Key: "d", Value: "5"}}, want: []secret.Tag{{Key: "b", Value: "2"}, {Key: "a", Value: ""}, {Key: "c", Value: "3"}, {Key: "d", Value: "5"}}},
		{remove: []string{"a", "unknown", "B"}, want: []secret.Tag{{Key: "b", Value: "2"}, {Key: "c", Value: "3"}, {Key: "d", Value: "5"}}},
		{remove: []string{"b", "c", "d"}, want: []secret.Tag{}}, // empty is not never
		{add: []secret.Tag{}, want: []secret.Tag{}},
	} {
		now := birth.Add(time.Duration(i+1) * time.Hour)
		if step.remove != nil {
			s.Untag(step.remove, now)
		} else if err := s.Tag(step.add, now); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.Tags, step.want) || (s.Tags == nil) != (step.want == nil) || !s.Changed.Equal(now) {
			t.Errorf("step %d: %#v, want %#v; changed %v", i, s.Tags, step.want, s.Changed)
		}
	}
}

func TestTagRefuses(t *testing.T) {
	const (
		reserved   = "Tag keys that begin with aws: are reserved."
		characters = "Tag keys and values can contain letters, digits, spaces and the characters + - = . _ : / @."
	)
	many := make([]secret.Tag, 50)
	for i := range many {
		many[i].Key = fmt.Sprint("k", i)
	}
	for name, test := range map[string]struct {
		tags []secret.Tag
		text string // "" for a good tag
	}{
		"all that is allowed":     {[]secret.Tag{{Key: "Straße 7 + - = . _ : / @", Value: "Ω 三"}}, ""},
		"aws without a colon":     {[]secret.Tag{{Key: "awsome", Value: "aws:x"}}, ""},
		"fifty":                   {many[1:], ""},
		"the one there is, again": {append(slices.Clone(many[1:]), secret.Tag{Key: "there"}), ""},
		"fifty-one":               {many, "A secret can't have more than 50 tags."},
		"reserved":                {[]secret.Tag{{Key: "aws:cloudformation:stack-id"}}, reserved},
		"reserved in any case":    {[]secret.Tag{{Key: "good"}, {Key: "AwS:x"}}, reserved},
		"one good, one not":       {[]secret.Tag{{Key: "there", Value: "2"}, {Key: "a*"}}, characters},
		"a bad key":               {[]secret.Tag{{Key: "a*"}}, characters},
		"a bad value":             {[]secret.Tag{{Key: "a", Value: "b;c"}}, characters},
		"a line":                  {[]secret.Tag{{Key: "a", Value: "b\n"}}, characters},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSecret()
			s.Tags = []secret.Tag{{Key: "there", Value: "1"}}
			err := s.Tag(test.tags, birth)
			if test.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantFault(t, err, fault.InvalidParameter, test.text)
			if len(s.Tags) != 1 || s.Tags[0].Value != "1" {
				t.Errorf("a refusal left %v", s.Tags)
			}
		})
	}
}
