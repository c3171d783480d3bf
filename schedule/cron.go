package schedule

import (
	"strings"
	"time"
)

// farthest is how long a schedule can go without a window: 29 February on one
// weekday comes back after 40 years when a century without a leap day lies
// between.
const farthest = 40

// cron is a parsed cron(…): the hours at which windows start, on the days that
// any of its day sets holds. Weekdays count from Sunday = 1, as in the grammar.
type cron struct {
	hours, months set
	days          set // days of the month
	weekdays      set
	nth           [6]set // nth[n]: weekdays that count on their nth time in the month
	lastWeekdays  set    // weekdays that count on their last time in the month
	lastDay       bool   // of the month
}

// parseCron reads the six upper-case fields of a cron expression (section 3.5).
// Beyond the documented grammar it takes lists of hours, and ranges that run
// over the end; W, years and time zones are refused.
func parseCron(text string, fields []string) (cron, error) {
	if len(fields) != 6 {
		return cron{}, refuse(text, "cron has six fields: minutes, hours, day of month, month, day of week and year")
	}
	minutes, hours, days, months, weekdays, year := fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]
	var c cron
	var ok bool
	switch {
	case minutes != "0":
		return cron{}, refuse(text, "the minutes must be 0, because windows start on the hour")
	case year != "*":
		return cron{}, refuse(text, "the year must be *")
	case (days == "?") == (weekdays == "?"):
		return cron{}, refuse(text, "exactly one of day of month and day of week must be ?")
	}
	if c.hours, ok = hourField.list(hours); !ok {
		return cron{}, refuse(text, "the hours must be 0 to 23, with steps such as 8/8")
	}
	if c.months, ok = monthField.list(months); !ok {
		return cron{}, refuse(text, "the months must be 1 to 12 or JAN to DEC, with , - * and /")
	}
	if !c.parseDays(days) {
		return cron{}, refuse(text, "the days of the month must be 1 to 31, with , - * / L and SUNL")
	}
	if !c.parseWeekdays(weekdays) {
		return cron{}, refuse(text, "the days of the week must be 1 to 7 or SUN to SAT, with , - * / # and L")
	}
	if c.next(time.Unix(0, 0)).IsZero() {
		return cron{}, refuse(text, "no date fits it")
	}
	return c, nil
}

// parseDays reads the day-of-month field: L is the last day of the month, SUNL
// its last Sunday.
func (c *cron) parseDays(text string) bool {
	if text == "?" {
		return true
	}
	for item := range strings.SplitSeq(text, ",") {
		if item == "L" {
			c.lastDay = true
			continue
		}
		if name, found := strings.CutSuffix(item, "L"); found {
			n, ok := weekdayField.name(name)
			if !ok {
				return false
			}
			c.lastWeekdays.add(n)
			continue
		}
		s, ok := dayField.item(item)
		if !ok {
			return false
		}
		c.days |= s
	}
	return true
}

// parseWeekdays reads the day-of-week field: L is the last day of the week,
// SUNL or 1L the month's last Sunday, TUE#3 its third Tuesday.
func (c *cron) parseWeekdays(text string) bool {
	if text == "?" {
		return true
	}
	for item := range strings.SplitSeq(text, ",") {
		if !c.parseWeekday(item) {
			return false
		}
	}
	return true
}

func (c *cron) parseWeekday(item string) bool {
	if item == "L" {
		c.weekdays.add(weekdayField.max)
		return true
	}
	if name, found := strings.CutSuffix(item, "L"); found {
		n, ok := weekdayField.value(name)
		if ok {
			c.lastWeekdays.add(n)
		}
		return ok
	}
	if name, count, found := strings.Cut(item, "#"); found {
		n, named := weekdayField.value(name)
		i, counted := number(count)
		if !named || !counted || i < 1 || i > 5 {
			return false
		}
		c.nth[i].add(n)
		return true
	}
	s, ok := weekdayField.item(item)
	c.weekdays |= s
	return ok
}

// gap is the shortest time from one start to the next, from day to day too.
func (c cron) gap() time.Duration {
	shortest, previous := 24, -1
	for h := range 48 {
		if !c.hours.has(h % 24) {
			continue
		}
		if previous >= 0 {
			shortest = min(shortest, h-previous)
		}
		previous = h
	}
	return time.Duration(shortest) * time.Hour
}

// on reports whether windows start on a day.
func (c cron) on(date time.Time) bool {
	_, month, d := date.Date()
	if !c.months.has(int(month)) {
		return false
	}
	weekday := int(date.Weekday()) + 1
	return c.days.has(d) || c.weekdays.has(weekday) || c.nth[(d+6)/7].has(weekday) ||
		c.lastDay && date.AddDate(0, 0, 1).Month() != month ||
		c.lastWeekdays.has(weekday) && date.AddDate(0, 0, 7).Month() != month
}

// next is the first start after a time, the zero time when there is none.
func (c cron) next(after time.Time) time.Time {
	date := after.UTC().Truncate(day)
	for end := date.AddDate(farthest, 0, 1); date.Before(end); date = date.AddDate(0, 0, 1) {
		if !c.on(date) {
			continue
		}
		for h := range 24 {
			start := date.Add(time.Duration(h) * time.Hour)
			if c.hours.has(h) && start.After(after) {
				return start
			}
		}
	}
	return time.Time{}
}

// previous is the last start at a time or before it.
func (c cron) previous(at time.Time) time.Time {
	date := at.UTC().Truncate(day)
	for end := date.AddDate(-farthest, 0, -1); date.After(end); date = date.AddDate(0, 0, -1) {
		if !c.on(date) {
			continue
		}
		for h := 23; h >= 0; h-- {
			start := date.Add(time.Duration(h) * time.Hour)
			if c.hours.has(h) && !start.After(at) {
				return start
			}
		}
	}
	return time.Time{}
}
