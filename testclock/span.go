package testclock

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

var (
	span = regexp.MustCompile(`^(?:[0-9]{1,9}[smhdw])+$`)
	part = regexp.MustCompile(`([0-9]+)([smhdw])`)
)

var units = map[string]time.Duration{
	"s": time.Second, "m": time.Minute, "h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour,
}

// ParseSpan reads how long to advance a clock: whole numbers of s, m, h, d and
// w, such as 30d or 1d12h. Anything else, nothing at all and more than a hundred
// years are a RefusedError.
func ParseSpan(text string) (time.Duration, error) {
	if !span.MatchString(text) {
		return 0, RefusedError(fmt.Sprintf("%q is no time to advance by: it must be such as 30d, 1d12h or 2w, in s, m, h, d and w", text))
	}
	var sum time.Duration
	for _, p := range part.FindAllStringSubmatch(text, -1) {
		n, _ := strconv.ParseInt(p[1], 10, 64) // at most nine digits
		unit := units[p[2]]
		if n > int64((farthest-sum)/unit) {
			return 0, RefusedError(fmt.Sprintf("%s is more than 100 years", text))
		}
		sum += time.Duration(n) * unit
	}
	if sum == 0 {
		return 0, RefusedError(fmt.Sprintf("%s is no time at all", text))
	}
	return sum, nil
}
