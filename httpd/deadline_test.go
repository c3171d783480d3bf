package httpd

import (
	"fmt"
	"testing"
	"time"
)

// TestDeadline is moved only where it matters: never later than asked for, and at
// most a little earlier.
func TestDeadline(t *testing.T) {
	var d deadline
	var set []string
	now := time.Now()
	record := func(at time.Time) error {
		if at.IsZero() {
			set = append(set, "never")
		} else {
			set = append(set, at.Sub(now).String())
		}
		return nil
	}
	for _, step := range []struct {
		ask  time.Duration // from now; -1 for never
		want string        // what is set for it, and then for waiting
	}{
		{time.Hour, "[] [1h0m0s]"},
		{time.Hour, "[] []"},
		{time.Hour + time.Second, "[] []"},
		{time.Hour + 3*time.Second, "[] [1h0m3s]"},
		{time.Hour, "[] [1h0m0s]"}, // not a moment later
		{time.Second, "[1s] []"},   // somebody may be waiting
		{-1, "[never] []"},
		{time.Hour, "[] [1h0m0s]"},
		{-time.Minute, "[-1m0s] []"},
		{time.Hour, "[] [1h0m0s]"},
	} {
		at := now.Add(step.ask)
		if step.ask == -1 {
			at = time.Time{}
		}
		set = nil
		d.ask(at, record)
		asking := set
		set = nil
		d.apply(record)
		if got := fmt.Sprintf("%v %v", asking, set); got != step.want {
			t.Errorf("%v: %s, want %s", step.ask, got, step.want)
		}
	}
}
