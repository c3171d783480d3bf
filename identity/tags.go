package identity

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
)

// tag is a tag on the wire.
type tag struct {
	Key   string  `json:"Key"`
	Value *string `json:"Value"`
}

const (
	duplicateTags = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
	maxTags       = 50
)

// readTags reads the tags of a request and refuses what no model tells (iam-kms.md,
// 3.4). kind is what duplicates are: IAM and STS differ.
func readTags(in []tag, kind fault.Kind) ([]iam.Tag, error) {
	var out []iam.Tag
	for _, t := range in {
		if tagged(out, t.Key) != nil {
			return nil, fault.New(kind, duplicateTags)
		}
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return nil, fault.New(kind, "Tag keys that begin with aws: are reserved.")
		}
		out = append(out, iam.Tag{Key: t.Key, Value: *t.Value})
	}
	return out, nil
}

// showTags writes tags; nil and none stay apart.
func showTags(tags []iam.Tag) []tag {
	if tags == nil {
		return nil
	}
	out := []tag{}
	for _, t := range tags {
		out = append(out, tag{t.Key, &t.Value})
	}
	return out
}

func keysOf(tags []iam.Tag) (out []string) {
	for _, t := range tags {
		out = append(out, t.Key)
	}
	return out
}

// withTags puts new tags over those there are. A key keeps its place.
func withTags(tags, over []iam.Tag) ([]iam.Tag, error) {
	out := slices.Clone(tags)
	for _, t := range over {
		if i := slices.IndexFunc(out, func(o iam.Tag) bool { return strings.EqualFold(o.Key, t.Key) }); i >= 0 {
			out[i] = t
		} else {
			out = append(out, t)
		}
	}
	if len(out) > maxTags {
		return nil, fault.New(fault.LimitExceeded, "Cannot exceed quota for TagsPerEntity: %d", maxTags)
	}
	return out, nil
}

// withoutTags takes tags away; one that is not there is no mistake.
func withoutTags(tags []iam.Tag, keys []string) []iam.Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t iam.Tag) bool {
		return slices.ContainsFunc(keys, func(key string) bool { return strings.EqualFold(key, t.Key) })
	})
}

// pageOfTags lists tags by key.
func pageOfTags(l listing, tags []iam.Tag) *listTagsOutput {
	byKey := func(t iam.Tag) string { return strings.ToLower(t.Key) }
	sorted := slices.SortedFunc(slices.Values(tags), func(a, b iam.Tag) int { return strings.Compare(byKey(a), byKey(b)) })
	page, truncated, marker := cut(l, rest(l, sorted, byKey), byKey)
	return &listTagsOutput{showTags(page), truncated, marker}
}
