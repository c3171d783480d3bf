package secret

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// Tag is a key with a value; the order of first attachment is kept.
type Tag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

const maxTags = 50

var tagForm = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// Tag adds tags; one with a known key gets the new value (secrets-manager.md, 2.14).
func (s *Secret) Tag(tags []Tag, now time.Time) error {
	out := slices.Clone(s.Tags)
	if out == nil {
		out = []Tag{}
	}
	for _, t := range tags {
		if err := checkTag(t); err != nil {
			return err
		}
		if i := slices.IndexFunc(out, func(o Tag) bool { return o.Key == t.Key }); i >= 0 {
			out[i].Value = t.Value
		} else {
			out = append(out, t)
		}
	}
	if len(out) > maxTags {
		return fault.New(fault.InvalidParameter, "A secret can't have more than %d tags.", maxTags)
	}
	s.Tags = out
	s.Touch(now)
	return nil
}

// Untag removes tags by key; unknown keys are ignored.
func (s *Secret) Untag(keys []string, now time.Time) {
	s.Tags = slices.DeleteFunc(slices.Clone(s.Tags), func(t Tag) bool { return slices.Contains(keys, t.Key) })
	s.Touch(now)
}

func checkTag(t Tag) error {
	switch {
	case t.Key == "":
		return fault.New(fault.InvalidParameter, "A tag must have a Key.")
	case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
		return fault.New(fault.InvalidParameter, "Tag keys that begin with aws: are reserved.")
	case !tagForm.MatchString(t.Key) || !tagForm.MatchString(t.Value):
		return fault.New(fault.InvalidParameter,
			"Tag keys and values can contain letters, digits, spaces and the characters + - = . _ : / @.")
	}
	return nil
}
