package schedule

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/cronexpr"
	"pgregory.net/rapid"
)

// TestWindowProperties walks the windows of random schedules.
func TestWindowProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := anyRules().Draw(t, "rules")
		if err := Check(r, Interval); err != nil {
			t.Fatal(err)
		}
		s, _ := Parse(r)
		checkWindows(t, s, anyTime().Draw(t, "from"), Interval)
	})
}

// checkWindows checks what every schedule promises, over the windows after a
// time, as long as no rotation succeeds and after one that does.
func checkWindows(t interface{ Fatalf(string, ...any) }, s Schedule, from time.Time, apart time.Duration) {
	previous := Window{}
	for after, i := from, 0; i < 8; i++ {
		w := s.Next(after, from)
		switch {
		case !w.Start.After(after):
			t.Fatalf("the window after %s starts %s", after, w.Start)
		case !w.Start.Equal(w.Start.UTC().Truncate(time.Hour)):
			t.Fatalf("starts %s, not on the hour", w.Start)
		case !w.End.After(w.Start):
			t.Fatalf("empty window %v", w)
		case w.Start.Before(previous.End):
			t.Fatalf("%v overlaps %v", w, previous)
		case i > 0 && w.Start.Sub(previous.Start) < apart:
			t.Fatalf("%v starts within %v of %v", w, apart, previous)
		}
		checkOpen(t, s, w, from)
		previous, after = w, w.Start
	}
	if days := s.Days(from); days < 1 {
		t.Fatalf("%d days between rotations", days)
	}
}

// checkOpen checks that a window is open exactly as long as it lasts, and used
// up by a rotation inside it.
func checkOpen(t interface{ Fatalf(string, ...any) }, s Schedule, w Window, last time.Time) {
	for _, now := range []time.Time{w.Start, w.Moment("seed"), w.Last(), w.End.Add(-1)} {
		if open, ok := s.At(now, last); !ok || open != w {
			t.Fatalf("at %s open is %v %v, want %v", now, open, ok, w)
		}
		if open, ok := s.At(now, now); ok {
			t.Fatalf("%v is open after a rotation at %s", open, now)
		}
		if next := s.Next(now, now); next.Start.Before(w.End) {
			t.Fatalf("after a rotation at %s in %v next is %v", now, w, next)
		}
	}
	for _, now := range []time.Time{w.Start.Add(-1), w.End} {
		if open, ok := s.At(now, last); ok && open == w {
			t.Fatalf("%v is open at %s", w, now)
		}
	}
}

// TestCronAgainstOracle compares the starts of random expressions with those
// that another implementation finds.
func TestCronAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anyCron().Draw(t, "cron")
		checkOracle(t, e, anyTime().Draw(t, "from"))
	})
}

func TestDocumentedAgainstOracle(t *testing.T) {
	for _, text := range documented {
		if body, ok := strings.CutPrefix(text, "cron("); ok {
			f := strings.Fields(strings.TrimSuffix(body, ")"))
			e := cronText{hours: f[1], days: f[2], months: f[3], weekdays: f[4]}
			for _, from := range []string{"2026-01-01T00:00:00Z", "2027-12-31T23:59:59Z", "2028-02-28T12:00:00Z"} {
				checkOracle(t, e, at(t, from))
			}
		}
	}
}

func checkOracle(t interface{ Fatalf(string, ...any) }, e cronText, from time.Time) {
	s, err := Parse(Rules{Expression: e.String()})
	if err != nil {
		t.Fatalf("%v", err)
	}
	oracle, err := cronexpr.Parse(e.forOracle())
	if err != nil {
		t.Fatalf("oracle on %s: %v", e.forOracle(), err)
	}
	starts := oracle.NextN(from, 20)
	for i, want := range starts {
		got := s.cron.next(from)
		if !got.Equal(want) {
			t.Fatalf("%s, start %d after %s: %s, oracle says %s", e, i, from, got, want)
		}
		if before := s.cron.previous(got.Add(-1)); i > 0 && !before.Equal(starts[i-1]) {
			t.Fatalf("%s, start before %s: %s, oracle says %s", e, got, before, starts[i-1])
		}
		from = got
	}
}

// cronText is a cron expression in AWS's grammar.
type cronText struct{ hours, days, months, weekdays string }

func (e cronText) String() string {
	return fmt.Sprintf("cron(0 %s %s %s %s *)", e.hours, e.days, e.months, e.weekdays)
}

// forOracle writes the expression in common cron: Sunday is 0, a step has a
// start, and the month's last Sunday belongs to the days of the week.
func (e cronText) forOracle() string {
	days, weekdays := e.days, e.weekdays
	if name, found := strings.CutSuffix(days, "L"); found && name != "" {
		days, weekdays = "*", name+"L"
	}
	if weekdays == "L" {
		weekdays = "SAT"
	}
	for i, name := range weekdayField.names {
		weekdays = strings.ReplaceAll(weekdays, name, fmt.Sprint(i+1))
	}
	var common strings.Builder
	for i, r := range weekdays {
		counts := i > 0 && (weekdays[i-1] == '#' || weekdays[i-1] == '/')
		if r >= '1' && r <= '7' && !counts {
			r--
		}
		common.WriteRune(r)
	}
	hours := e.hours
	if strings.HasPrefix(hours, "/") {
		hours = "0" + hours
	}
	return fmt.Sprintf("0 %s %s %s %s *", hours, days, e.months, common.String())
}

// anyTime draws a time near enough for the oracle, whose years end in 2099.
func anyTime() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.Int64Range(1_500_000_000, 2_300_000_000).Draw(t, "unix"), 0).UTC()
	})
}

// anyRules draws valid rules.
func anyRules() *rapid.Generator[Rules] {
	return rapid.Custom(func(t *rapid.T) Rules {
		var r Rules
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			r.AutomaticallyAfterDays = rapid.IntRange(1, 1000).Draw(t, "days")
		case 1:
			r.Expression = fmt.Sprintf("rate(%d days)", rapid.IntRange(1, 999).Draw(t, "days"))
		case 2:
			r.Expression = fmt.Sprintf("rate(%d hours)", rapid.IntRange(4, 999*24).Draw(t, "hours"))
		case 3:
			r.Expression = anyCron().Draw(t, "cron").String()
		}
		s, err := Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, limit := s.lengths(); rapid.Bool().Draw(t, "with duration") {
			r.Duration = fmt.Sprintf("%dh", rapid.IntRange(1, int(limit/time.Hour)).Draw(t, "duration"))
		}
		return r
	})
}

// anyCron draws a valid expression that the oracle understands too.
func anyCron() *rapid.Generator[cronText] {
	return rapid.Custom(func(t *rapid.T) cronText {
		e := cronText{days: "?", months: "*", weekdays: "?"}
		e.hours = rapid.SampledFrom([]string{"0", "4", "23", "/8", "8/8", "2/10", "4/12", "/4", "*/6", "3,9,21", "0,20"}).Draw(t, "hours")
		switch rapid.IntRange(0, 3).Draw(t, "months") {
		case 0:
			e.months = items(t, monthField, "months")
		case 1:
			e.months = rapid.SampledFrom([]string{"1/3", "2/2", "1/11", "*/5"}).Draw(t, "month steps")
		}
		if rapid.Bool().Draw(t, "by day of month") {
			e.days = rapid.OneOf(
				rapid.SampledFrom([]string{"*", "L", "SUNL", "FRIL", "1/10", "*/9", "5-20/5", "28"}),
				rapid.Custom(func(t *rapid.T) string { return "1," + items(t, dayField, "days") }),
			).Draw(t, "days")
			return e
		}
		e.weekdays = rapid.OneOf(
			rapid.SampledFrom([]string{"*", "L", "6L", "MONL", "2#1", "TUE#3", "SAT#4", "1/2", "MON-FRI/2"}),
			rapid.Custom(func(t *rapid.T) string { return items(t, weekdayField, "weekdays") }),
		).Draw(t, "weekdays")
		return e
	})
}

// items draws a list of values, names and ranges of a field.
func items(t *rapid.T, f field, label string) string {
	value := rapid.IntRange(f.min, f.max)
	var list []string
	for range rapid.IntRange(1, 3).Draw(t, label) {
		from, to := value.Draw(t, "from"), value.Draw(t, "to")
		switch {
		case from < to:
			list = append(list, fmt.Sprintf("%d-%d", from, to))
		case from > to && f.names != nil:
			list = append(list, f.names[from-f.min])
		default:
			list = append(list, fmt.Sprint(from))
		}
	}
	return strings.Join(list, ",")
}
