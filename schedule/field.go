package schedule

import (
	"math/bits"
	"slices"
	"strings"
)

// set holds the numbers 0 to 63.
type set uint64

func (s set) has(n int) bool { return s&(1<<n) != 0 }
func (s set) size() int      { return bits.OnesCount64(uint64(s)) }
func (s set) lowest() int    { return bits.TrailingZeros64(uint64(s)) }
func (s *set) add(n int)     { *s |= 1 << n }

// field is what one place of a cron expression may hold: the numbers from min
// to max, each of which may have a name.
type field struct {
	min, max int
	names    []string
}

var (
	hourField    = field{min: 0, max: 23}
	dayField     = field{min: 1, max: 31}
	monthField   = field{min: 1, max: 12, names: strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")}
	weekdayField = field{min: 1, max: 7, names: strings.Fields("SUN MON TUE WED THU FRI SAT")}
)

// list reads items between commas.
func (f field) list(text string) (set, bool) {
	var all set
	for item := range strings.SplitSeq(text, ",") {
		s, ok := f.item(item)
		if !ok {
			return 0, false
		}
		all |= s
	}
	return all, true
}

// item reads a value, a range or *, each perhaps with a step. A step without a
// start counts from the lowest value; a range may run over the end: FRI-MON.
func (f field) item(text string) (set, bool) {
	span, stepText, stepped := strings.Cut(text, "/")
	first, last, ok := f.span(span, stepped)
	size := f.max - f.min + 1
	step := 1
	if stepped && ok {
		step, ok = number(stepText)
		ok = ok && step >= 1 && step <= size
	}
	if !ok {
		return 0, false
	}
	var s set
	for i := 0; i <= (last-first+size)%size; i += step {
		s.add(f.min + (first-f.min+i)%size)
	}
	return s, true
}

// span gives the first and last value of an item. A single value with a step
// runs to the highest value.
func (f field) span(text string, stepped bool) (first, last int, ok bool) {
	if text == "*" || text == "" && stepped {
		return f.min, f.max, true
	}
	from, to, ranged := strings.Cut(text, "-")
	first, ok = f.value(from)
	switch {
	case !ok:
		return 0, 0, false
	case ranged:
		last, ok = f.value(to)
		return first, last, ok
	case stepped:
		return first, f.max, true
	}
	return first, first, true
}

// value reads a number or a name.
func (f field) value(text string) (int, bool) {
	if n, ok := f.name(text); ok {
		return n, true
	}
	n, ok := number(text)
	return n, ok && n >= f.min && n <= f.max
}

// name reads a name.
func (f field) name(text string) (int, bool) {
	i := slices.Index(f.names, text)
	return f.min + i, i >= 0
}
