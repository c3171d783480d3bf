package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// strategy is which secret rotates.
type strategy string

const (
	single      strategy = "single"
	alternating strategy = "alternating"
	superuser   strategy = "superuser" // the superuser's own, by the single-user function
)

// action is what a strike does.
type action string

const (
	kill   action = "kill"   // SIGKILL to the server
	cut    action = "cut"    // the connection ends, and none is let through for a while
	freeze action = "freeze" // the connection stands still
	refuse action = "error"  // PostgreSQL answers with an error
)

// strike is what happens at a moment of a rotation.
type strike struct {
	moment
	action action
	nth    int           // of the moments of this kind
	after  time.Duration // at any time: from the start of the rotation, or of the server
	lasts  time.Duration // the cut, or the freeze
	code   string        // SQLSTATE of the error
}

// String says what a strike is, in words that the summary does without.
func (s strike) String() string {
	text := string(s.action) + " " + s.name
	switch {
	case s.within > 0:
		text += fmt.Sprintf(" (%v)", s.after)
	case s.upTo != nil:
		text += fmt.Sprintf(" (%d)", s.nth)
	}
	if s.lasts > 0 {
		text += fmt.Sprintf(" for %v", s.lasts)
	}
	return strings.TrimSpace(text + " " + s.code)
}

// plan is all that the seed decides of a case.
type plan struct {
	number    int
	strategy  strategy
	earlier   int  // rotations before the one that is struck
	scheduled bool // it starts by itself, and not by a request
	strikes   []strike
}

// String says all of a plan.
func (p plan) String() string {
	text := fmt.Sprintf("case %d: %s, after %d rotations", p.number, p.strategy, p.earlier)
	if p.scheduled {
		text += ", by schedule"
	}
	for _, s := range p.strikes {
		text += "; " + s.String()
	}
	return text
}

// frozen tells whether a connection is to stand still.
func (p plan) frozen() bool {
	return slices.ContainsFunc(p.strikes, func(s strike) bool { return s.action == freeze })
}

// planOf makes the plan of a case. Cases go through all moments in turn, so that
// a run of any length comes past most of them.
func planOf(seed uint64, number int) plan {
	size := len(deck(source(seed, 0)))
	first := deck(source(seed, -1-number/size))[number%size]
	r := source(seed, number)
	p := plan{number: number, strategy: []strategy{single, alternating, alternating, superuser}[r.IntN(4)], earlier: r.IntN(3)}
	if first.only != "" {
		p.strategy = first.only
	}
	if first.point == started || r.IntN(6) == 0 {
		p.scheduled, p.earlier = true, max(p.earlier, 1)
	}
	p.strikes = []strike{strikeAt(first, p.strategy, r)}
	// What comes after a kill strikes its recovery.
	for p.strikes[len(p.strikes)-1].action == kill && len(p.strikes) < 4 && r.IntN(3) == 0 {
		again := deck(r)[0]
		if again.point == started || again.only != "" && again.only != p.strategy {
			continue
		}
		p.strikes = append(p.strikes, strikeAt(again, p.strategy, r))
	}
	return p
}

// source is the chance of one case, or of one round of cases.
func source(seed uint64, number int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(number))) }

func strikeAt(m moment, by strategy, r *rand.Rand) strike {
	s := strike{moment: m, action: kill, nth: 1}
	if m.upTo != nil {
		s.nth = 1 + r.IntN(m.upTo(by))
	}
	if m.within > 0 {
		s.after = time.Duration(r.Int64N(int64(m.within))).Round(time.Microsecond)
	}
	if m.match == nil {
		return s
	}
	switch n := r.IntN(20); {
	case n < 12:
	case n < 15:
		s.action, s.lasts = cut, time.Duration(r.IntN(4))*100*time.Millisecond
	case n < 17:
		// Shorter than a step may take, or longer: then the message arrives when
		// nobody waits for its answer any more.
		s.action, s.lasts = freeze, []time.Duration{stepWhenFrozen / 4, stepWhenFrozen * 3 / 2}[r.IntN(2)]
	default:
		s.action, s.code = refuse, codes[r.IntN(len(codes))]
	}
	return s
}

// codes are the errors that PostgreSQL may answer with, whatever it is asked.
var codes = []string{
	"53300", // too_many_connections
	"57P01", // admin_shutdown
	"57P03", // cannot_connect_now
	"28P01", // invalid_password
	"42501", // insufficient_privilege
	"25006", // read_only_sql_transaction
	"XX000", // internal_error
}
