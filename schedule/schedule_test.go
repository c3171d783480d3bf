package schedule

import (
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// documented are the expressions that AWS's guide and real secrets use
// (secrets-manager.md, 3.5).
var documented = []string{
	"rate(10 days)",
	"rate(10 hours)",
	"rate(6 hours)",
	"rate(4 hours)",
	"rate(4 hour)",
	"rate(1 day)",
	"rate(1 days)",
	"rate(999 days)",
	"cron(0 /8 * * ? *)",
	"cron(0 8/8 * * ? *)",
	"cron(0 2/10 * * ? *)",
	"cron(0 4/12 * * ? *)",
	"cron(0 10 * * ? *)",
	"cron(0 18 ? * SAT *)",
	"cron(0 8 1 * ? *)",
	"cron(0 1 ? 1/3 SUN#1 *)",
	"cron(0 17 L * ? *)",
	"cron(0 17 SUNL * ? *)",
	"cron(0 8 ? * MON-FRI *)",
	"cron(0 16 1,15 * ? *)",
	"cron(0 0 ? * SUN#1 *)",
	"cron(0 0 ? 1/11 2#1 *)",
	"cron(0 0 ? * 2 *)",
	"cron(0 10 ? FEB,MAY,AUG,NOV TUE#2 *)",
	"cron(0 1 * * ? *)",
}

func TestParseTakesWhatIsDocumented(t *testing.T) {
	for _, text := range documented {
		s, err := Parse(Rules{Expression: text})
		if err != nil || s.IsZero() {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
	}
}

// TestParseSame holds the spellings that mean one schedule.
func TestParseSame(t *testing.T) {
	for _, same := range [][2]string{
		{"cron(0 /8 * * ? *)", "cron(0 0,8,16 * * ? *)"},
		{"cron(0 */8 * * ? *)", "cron(0 0/8 * * ? *)"},
		{"cron(0 8/8 * * ? *)", "cron(0 8,16 * * ? *)"},
		{"cron(0 2/10 * * ? *)", "cron(0 2,12,22 * * ? *)"},
		{"cron(0 0 ? 1/3 1 *)", "cron(0 0 ? jan,Apr,JUL,OCT sun *)"},
		{"cron(0 0 ? * L *)", "cron(0 0 ? * SAT *)"},
		{"cron(0 0 ? * 1L *)", "cron(0 0 SUNL * ? *)"},
		{"cron(0 0 ? * tue#3 *)", "cron(0 0 ? * 3#3 *)"},
		{"cron(0 0 ? * FRI-MON *)", "cron(0 0 ? * 1,2,6,7 *)"},
		{"cron(0 0 1-31/10 * ? *)", "cron(0 0 1,11,21,31 * ? *)"},
		{"cron(0 0 ? * * *)", "cron(0  0  ?  *  1-7  *)"},
		{"rate(1 day)", "rate( 1  days )"},
	} {
		if a, b := expression(t, same[0]), expression(t, same[1]); a != b {
			t.Errorf("%s = %+v\n%s = %+v", same[0], a, same[1], b)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	for text, why := range map[string]string{
		"at(2026-01-01T00:00:00)":        "it must be rate(…) or cron(…)",
		"10 days":                        "it must be rate(…) or cron(…)",
		"rate(10 days":                   "it must be rate(…) or cron(…)",
		"RATE(10 days)":                  "it must be rate(…) or cron(…)",
		" cron(0 8 * * ? *)":             "it must be rate(…) or cron(…)",
		"rate()":                         "a rate is a number and hours or days",
		"rate(10)":                       "a rate is a number and hours or days",
		"rate(10 minutes)":               "a rate is a number and hours or days",
		"rate(1 day 2)":                  "a rate is a number and hours or days",
		"rate(ten days)":                 "at most 999 days",
		"rate(1000 days)":                "at most 999 days",
		"rate(23977 hours)":              "at most 999 days",
		"rate(99999999999999 days)":      "at most 999 days",
		"rate(-4 days)":                  "at most 999 days",
		"rate(+4 days)":                  "at most 999 days",
		"rate(0 days)":                   "begins at 1 hour",
		"rate(3 hours)":                  "every 4 hours at most",
		"cron()":                         "six fields",
		"cron(0 8 * * ?)":                "six fields",
		"cron(0 8 * * ? * *)":            "six fields",
		"cron(30 8 * * ? *)":             "minutes must be 0",
		"cron(* 8 * * ? *)":              "minutes must be 0",
		"cron(0 8 * * ? 2026)":           "year must be *",
		"cron(0 8 * * ? ?)":              "year must be *",
		"cron(0 8 * * * *)":              "must be ?",
		"cron(0 8 1 * MON *)":            "must be ?",
		"cron(0 8 ? * ? *)":              "must be ?",
		"cron(0 24 * * ? *)":             "hours must be",
		"cron(0 ? * * ? *)":              "hours must be",
		"cron(0 L * * ? *)":              "hours must be",
		"cron(0 8, * * ? *)":             "hours must be",
		"cron(0 8/ * * ? *)":             "hours must be",
		"cron(0 8/0 * * ? *)":            "hours must be",
		"cron(0 8/25 * * ? *)":           "hours must be",
		"cron(0 / * * ? *)":              "hours must be",
		"cron(0 * * * ? *)":              "every 4 hours at most",
		"cron(0 /3 * * ? *)":             "every 4 hours at most",
		"cron(0 /7 * * ? *)":             "over midnight too",
		"cron(0 1,23 * * ? *)":           "over midnight too",
		"cron(0 8-12 * * ? *)":           "every 4 hours at most",
		"cron(0 8 * 13 ? *)":             "months must be",
		"cron(0 8 * 0 ? *)":              "months must be",
		"cron(0 8 * ? ? *)":              "months must be",
		"cron(0 8 * L ? *)":              "months must be",
		"cron(0 8 * JANUARY ? *)":        "months must be",
		"cron(0 8 32 * ? *)":             "days of the month must be",
		"cron(0 8 0 * ? *)":              "days of the month must be",
		"cron(0 8 15W * ? *)":            "days of the month must be",
		"cron(0 8 LW * ? *)":             "days of the month must be",
		"cron(0 8 1L * ? *)":             "days of the month must be",
		"cron(0 8 L-3 * ? *)":            "days of the month must be",
		"cron(0 8 1-2-3 * ? *)":          "days of the month must be",
		"cron(0 8 MON * ? *)":            "days of the month must be",
		"cron(0 8 ? * 0 *)":              "days of the week must be",
		"cron(0 8 ? * 8 *)":              "days of the week must be",
		"cron(0 8 ? * MON,? *)":          "days of the week must be",
		"cron(0 8 ? * MON#0 *)":          "days of the week must be",
		"cron(0 8 ? * MON#6 *)":          "days of the week must be",
		"cron(0 8 ? * MON#4294967297 *)": "days of the week must be",
		"cron(0 8 ? * #1 *)":             "days of the week must be",
		"cron(0 8 ? * FRI#L *)":          "days of the week must be",
		"cron(0 8 ? * 8L *)":             "days of the week must be",
		"cron(0 8 31 2 ? *)":             "no date fits",
		"cron(0 8 30,31 FEB ? *)":        "no date fits",
		"cron(0 8 31 4,6,9,11 ? *)":      "no date fits",
	} {
		err := Check(Rules{Expression: text}, Interval)
		refused(t, text, err, why)
	}
}

// TestCheckInterval has an installation allow more than AWS does, or less.
func TestCheckInterval(t *testing.T) {
	for text, shortest := range map[string]time.Duration{
		"rate(1 hour)": time.Hour, "cron(0 * * * ? *)": time.Hour, "cron(0 1,23 * * ? *)": 2 * time.Hour, "rate(2 days)": 48 * time.Hour,
	} {
		r := Rules{Expression: text}
		if err := Check(r, shortest); err != nil {
			t.Error(err)
		}
		refused(t, text, Check(r, shortest+time.Hour), "hours at most")
	}
	if err := Check(Rules{}, Interval); err != nil {
		t.Error(err)
	}
}

func TestParseRules(t *testing.T) {
	const both = "You cannot specify both rotation frequency and schedule expression together."
	for _, c := range []struct {
		rules Rules
		why   string
	}{
		{Rules{AutomaticallyAfterDays: 30, Expression: "rate(30 days)"}, both},
		{Rules{AutomaticallyAfterDays: -1}, "between 1 and 1000"},
		{Rules{AutomaticallyAfterDays: 1001}, "between 1 and 1000"},
		{Rules{Duration: "2h"}, "together with Duration"},
	} {
		_, err := Parse(c.rules)
		refused(t, c.rules.Expression, err, c.why)
	}
	if s, err := Parse(Rules{}); err != nil || !s.IsZero() {
		t.Errorf("no rules: %+v, %v", s, err)
	}
	if s, err := Parse(Rules{AutomaticallyAfterDays: 1000}); err != nil || s.IsZero() {
		t.Errorf("1000 days: %+v, %v", s, err)
	}
}

// TestDuration holds the lengths of windows (secrets-manager.md, 3.6): the
// usual one and the greatest that may be asked for.
func TestDuration(t *testing.T) {
	for _, c := range []struct {
		rules           Rules
		usual, greatest time.Duration
		over            string
	}{
		{Rules{AutomaticallyAfterDays: 7}, 24 * time.Hour, 24 * time.Hour, "25h"},
		{Rules{Expression: "rate(10 days)"}, 24 * time.Hour, 24 * time.Hour, "25h"},
		{Rules{Expression: "rate(6 hours)"}, time.Hour, 6 * time.Hour, "7h"},
		{Rules{Expression: "rate(48 hours)"}, time.Hour, 48 * time.Hour, "49h"},
		{Rules{Expression: "cron(0 16 1,15 * ? *)"}, 8 * time.Hour, 8 * time.Hour, "9h"},
		{Rules{Expression: "cron(0 23 * * ? *)"}, time.Hour, time.Hour, "2h"},
		{Rules{Expression: "cron(0 /8 * * ? *)"}, time.Hour, 8 * time.Hour, "9h"},
		{Rules{Expression: "cron(0 2/10 * * ? *)"}, time.Hour, 4 * time.Hour, "5h"},
	} {
		name := c.rules.Expression
		if s := rules(t, c.rules); s.length != c.usual {
			t.Errorf("%s: %v long, want %v", name, s.length, c.usual)
		}
		c.rules.Duration = strings.TrimSuffix(c.greatest.String(), "0m0s")
		if s := rules(t, c.rules); s.length != c.greatest {
			t.Errorf("%s with %s: %v long", name, c.rules.Duration, s.length)
		}
		for _, wrong := range []string{c.over, "0h", "h", "3", "3m", "-1h", "1.5h", " 1h", "99999999999h"} {
			c.rules.Duration = wrong
			_, err := Parse(c.rules)
			refused(t, name+" with "+wrong, err, "Invalid Duration")
		}
	}
}

// FuzzParse looks for rules that break the promises of a schedule.
func FuzzParse(f *testing.F) {
	for _, text := range documented {
		f.Add(0, text, "", int64(1_700_000_000))
		f.Add(0, text, "2h", int64(1_600_000_000))
	}
	f.Add(30, "", "", int64(0))
	f.Add(30, "rate(1 day)", "3h", int64(0))
	f.Add(0, "cron(0 8 31 2 ? *)", "", int64(0))
	f.Fuzz(func(t *testing.T, days int, text, duration string, unix int64) {
		r := Rules{AutomaticallyAfterDays: days, Expression: text, Duration: duration}
		s, err := Parse(r)
		if err != nil {
			if fault.KindOf(err) != fault.InvalidParameter || fault.Message(err) == "" {
				t.Fatalf("error without a kind or text: %#v", err)
			}
			return
		}
		if s.IsZero() {
			return
		}
		const centuries = 100 * 365 * 24 * 3600
		apart := Interval
		if Check(r, Interval) != nil {
			apart = time.Hour
		}
		checkWindows(t, s, time.Unix(unix%(2*centuries), 0), apart)
	})
}

// refused checks an error's kind and a part of its text.
func refused(t *testing.T, what string, err error, text string) {
	t.Helper()
	if fault.KindOf(err) != fault.InvalidParameter || !strings.Contains(fault.Message(err), text) {
		t.Errorf("%s: got %v, want InvalidParameter with %q", what, err, text)
	}
}

func rules(t *testing.T, r Rules) Schedule {
	t.Helper()
	s, err := Parse(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func expression(t *testing.T, text string) Schedule {
	t.Helper()
	return rules(t, Rules{Expression: text})
}
