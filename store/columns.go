package store

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// How times, labels and lists stand in their columns.

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func fromMicros(m int64) time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMicro(m).UTC()
}

func splitLabels(joined string) []string {
	if joined == "" {
		return nil
	}
	out := strings.Split(joined, separator)
	slices.Sort(out)
	return out
}

// asJSON writes a list; nil and empty stay apart. It cannot fail on what it is
// given: strings and structs of strings.
func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func fromJSON[T any](text string) (T, error) {
	var out T
	err := json.Unmarshal([]byte(text), &out)
	return out, err
}
