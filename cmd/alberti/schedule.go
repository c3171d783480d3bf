package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/schedule"
)

func scheduleCommand() *cobra.Command {
	return group("schedule", "Look at schedules", nextCommand())
}

// planned is what `schedule next` is asked for.
type planned struct {
	expression, duration, after string
	count                       int
	interval                    time.Duration
}

func nextCommand() *cobra.Command {
	p := planned{count: 10, interval: schedule.Interval}
	cmd := &cobra.Command{
		Use:   "next EXPRESSION",
		Short: "Print the coming windows of rate(…), cron(…) or a number of days",
		Example: `  alberti schedule next 'cron(0 8 1 * ? *)' --duration 3h --count 20
  alberti schedule next 'rate(10 days)' --after 2026-12-24T10:00:00Z`,
		Args: exactly(1, "EXPRESSION"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.expression = args[0]
			return p.print(cmd.OutOrStdout(), time.Now())
		},
	}
	f := cmd.Flags()
	f.StringVar(&p.duration, "duration", "", "length of a window, such as 3h")
	f.StringVar(&p.after, "after", "", "the last rotation, RFC 3339 (default: now)")
	f.IntVar(&p.count, "count", p.count, "how many windows")
	f.DurationVar(&p.interval, "min-rotation-interval", p.interval, "as given to serve")
	return cmd
}

// maxWindows bounds what is held in memory to be aligned.
const maxWindows = 10_000

// print writes the windows as long as every rotation succeeds in the moment that
// its window opens.
func (p planned) print(w io.Writer, now time.Time) error {
	plan, err := p.parse()
	if err != nil {
		return usageError{err}
	}
	if p.count < 1 || p.count > maxWindows {
		return usageError{fmt.Errorf("--count must be from 1 to %d", maxWindows)}
	}
	last := now.UTC()
	if p.after != "" {
		if last, err = time.Parse(time.RFC3339, p.after); err != nil {
			return usageError{fmt.Errorf("--after %q is no time such as 2026-12-24T10:00:00Z", p.after)}
		}
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "OPENS\tCLOSES\tNEXTROTATIONDATE")
	for range p.count {
		next := plan.Next(last, last)
		fmt.Fprintf(table, "%s\t%s\t%s\n", weekday(next.Start), weekday(next.End), next.Last().Format(time.RFC3339))
		last = next.Start
	}
	return table.Flush()
}

func (p planned) parse() (schedule.Schedule, error) {
	rules := schedule.Rules{Expression: p.expression, Duration: p.duration}
	if !strings.Contains(p.expression, "(") {
		days, err := strconv.Atoi(p.expression)
		if err != nil || days < 1 {
			return schedule.Schedule{}, fmt.Errorf("%q is neither rate(…), cron(…) nor a number of days", p.expression)
		}
		rules.Expression, rules.AutomaticallyAfterDays = "", days
	}
	if err := schedule.Check(rules, p.interval); err != nil {
		return schedule.Schedule{}, fmt.Errorf("%s", fault.Message(err))
	}
	return schedule.Parse(rules)
}

func weekday(t time.Time) string { return t.Format("Mon 2006-01-02 15:04Z") }
