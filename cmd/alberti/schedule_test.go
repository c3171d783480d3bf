package main

import (
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/schedule"
)

func TestScheduleNext(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		planned
		want string
	}{
		{planned{expression: "cron(0 8 1 * ? *)", duration: "3h", count: 2}, `
Tue 2026-12-01 08:00Z  Tue 2026-12-01 11:00Z  2026-12-01T10:59:59Z
Fri 2027-01-01 08:00Z  Fri 2027-01-01 11:00Z  2027-01-01T10:59:59Z
`},
		{planned{expression: "rate(10 hours)", count: 2, after: "2026-12-24T10:00:00Z"}, `
Thu 2026-12-24 20:00Z  Thu 2026-12-24 21:00Z  2026-12-24T20:59:59Z
Fri 2026-12-25 06:00Z  Fri 2026-12-25 07:00Z  2026-12-25T06:59:59Z
`},
		{planned{expression: "30", count: 1}, `
Mon 2026-12-21 00:00Z  Tue 2026-12-22 00:00Z  2026-12-21T23:59:59Z
`},
	} {
		c.interval = schedule.Interval
		var out strings.Builder
		if err := c.print(&out, now); err != nil {
			t.Fatal(err)
		}
		if _, rows, _ := strings.Cut(out.String(), "\n"); "\n"+rows != c.want {
			t.Errorf("%s:\n%s\nwant%s", c.expression, rows, c.want)
		}
	}
}

func TestScheduleNextRefuses(t *testing.T) {
	for _, c := range []struct {
		planned
		want string
	}{
		{planned{expression: "30x"}, `"30x" is neither`},
		{planned{expression: "rate(3 hours)"}, "every 4 hours at most"},
		{planned{expression: "rate(10 days)", duration: "25h"}, `Invalid Duration "25h"`},
		{planned{expression: "rate(10 days)", after: "tomorrow", count: 1}, `--after "tomorrow" is no time`},
		{planned{expression: "rate(10 days)"}, "--count must be from 1 to 10000"},
		{planned{expression: "rate(10 days)", count: 10_001}, "--count must be from 1 to 10000"},
	} {
		c.interval = schedule.Interval
		if err := c.print(nil, time.Time{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.expression, err, c.want)
		}
	}
}
