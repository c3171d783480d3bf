package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// report collects what became of all cases.
type report struct {
	mu         sync.Mutex
	cases      int
	rows       map[row]*tally
	violations []string
}

// row is what a line of the summary is about.
type row struct {
	moment string
	action action
}

type tally struct {
	planned, struck int
	violated        int
	recoveries      []time.Duration
}

func (t *tally) add(o tally) {
	t.planned, t.struck, t.violated = t.planned+o.planned, t.struck+o.struck, t.violated+o.violated
	t.recoveries = append(t.recoveries, o.recoveries...)
}

// add counts a case, whose error is a violation. It tells how many kills there
// have been.
func (r *report) add(what string, outcomes []outcome, err error) (kills int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cases++
	if r.rows == nil {
		r.rows = map[row]*tally{}
	}
	for _, o := range outcomes {
		key := row{o.name, o.action}
		if r.rows[key] == nil {
			r.rows[key] = &tally{}
		}
		one := tally{planned: 1}
		if !o.fired.IsZero() {
			one.struck = 1
		}
		if err != nil {
			one.violated = 1
		}
		if o.recovery > 0 {
			one.recoveries = []time.Duration{o.recovery}
		}
		r.rows[key].add(one)
	}
	if err != nil {
		r.violations = append(r.violations, fmt.Sprintf("%s\n  %v", what, err))
	}
	return r.kills()
}

func (r *report) kills() (n int) {
	for key, t := range r.rows {
		if key.action == kill {
			n += t.struck
		}
	}
	return n
}

// print writes the summary.
func (r *report) print(to io.Writer) {
	w := tabwriter.NewWriter(to, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "moment\taction\tplanned\tstruck\trecovery p50\tp99\tmax\tviolations")
	var all tally
	for _, key := range r.ordered() {
		t := r.rows[key]
		all.add(*t)
		t.line(w, key.moment, string(key.action))
	}
	all.line(w, "all", "")
	w.Flush()
	fmt.Fprintf(to, "%d cases, %d kills, %d others, %d violations\n", r.cases, r.kills(), all.struck-r.kills(), len(r.violations))
	for _, v := range r.violations {
		fmt.Fprintln(to, v)
	}
}

// ordered are the rows in the order of a rotation.
func (r *report) ordered() []row {
	all := moments()
	place := func(key row) int {
		if i := slices.IndexFunc(all, func(m moment) bool { return m.name == key.moment }); i >= 0 {
			return i
		}
		return len(all) // restores
	}
	var keys []row
	for key := range r.rows {
		keys = append(keys, key)
	}
	order := []action{kill, cut, freeze, refuse}
	slices.SortFunc(keys, func(a, b row) int {
		return cmp.Or(place(a)-place(b), strings.Compare(a.moment, b.moment), slices.Index(order, a.action)-slices.Index(order, b.action))
	})
	return keys
}

func (t *tally) line(w io.Writer, columns ...string) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%s\t%s\t%d\n", strings.Join(columns, "\t"), t.planned, t.struck,
		t.percentile(50), t.percentile(99), t.percentile(100), t.violated)
}

// percentile is of the times to recovery.
func (t *tally) percentile(p int) string {
	if len(t.recoveries) == 0 {
		return "-"
	}
	slices.Sort(t.recoveries)
	return t.recoveries[(len(t.recoveries)*p+99)/100-1].Round(time.Millisecond).String()
}
