package secret

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// Freeze is a stretch of time in which the secrets that it matches are not
// rotated by their schedules: a holiday, a migration, the end of the year.
type Freeze struct {
	ID              int64
	Account, Region string
	From, To        time.Time // To is the first moment after it
	Match           string    // a glob on the name, "" for any name
	Tag             *Tag      // that the secret must have, nil for any
	Reason          string
	Created         time.Time
	By              string // the ARN of who asked for it
}

var patternForm = regexp.MustCompile(`^[A-Za-z0-9/_+=.@!*?-]+$`)

// Check refuses a freeze that makes no sense. Its errors are
// fault.InvalidParameter.
func (f Freeze) Check(now time.Time) error {
	switch {
	case !f.From.Before(f.To):
		return fault.New(fault.InvalidParameter, "The freeze must begin before it ends: From is %s, To is %s.", stamp(f.From), stamp(f.To))
	case !f.To.After(now):
		return fault.New(fault.InvalidParameter, "The freeze is over already: To is %s.", stamp(f.To))
	case strings.TrimSpace(f.Reason) == "":
		return fault.New(fault.InvalidParameter, "The freeze needs a Reason: it is what people are told whose rotation it refuses.")
	case f.Match != "" && f.Tag != nil:
		return fault.New(fault.InvalidParameter, "Give the freeze a Match or a TagKey, not both.")
	case f.Match != "" && !patternForm.MatchString(f.Match):
		return fault.New(fault.InvalidParameter, "Invalid Match %q: it is the name of a secret, in which * stands for any characters and ? for one.", f.Match)
	}
	return nil
}

// Holds tells whether the freeze is on for a secret at a time.
func (f Freeze) Holds(s *Secret, at time.Time) bool {
	return !at.Before(f.From) && at.Before(f.To) &&
		f.Account == s.ARN.Account && f.Region == s.ARN.Region &&
		(f.Tag == nil || slices.Contains(s.Tags, *f.Tag)) &&
		(f.Match == "" || globs(f.Match, s.Name()))
}

// globs tells whether a name fits a pattern: * is any characters, slashes too,
// as in policies, and ? is one.
func globs(pattern, name string) bool {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(quoted)
	return regexp.MustCompile(`^` + quoted + `$`).MatchString(name)
}

// Freezes are all that may hold a secret.
type Freezes []Freeze

// On is the freeze that is on for a secret at a time, the one that lasts longest
// where there are several; false when none is.
func (fs Freezes) On(s *Secret, at time.Time) (on Freeze, frozen bool) {
	for _, f := range fs {
		if f.Holds(s, at) && f.To.After(on.To) {
			on, frozen = f, true
		}
	}
	return on, frozen
}

// Until is when a secret that is frozen at a time is so no longer: the end of
// all freezes that overlap or follow each other at once. It is false, and the
// time itself, when none is on.
func (fs Freezes) Until(s *Secret, at time.Time) (end time.Time, frozen bool) {
	end = at
	for on, more := fs.On(s, end); more; on, more = fs.On(s, end) {
		end, frozen = on.To, true
	}
	return end, frozen
}

// NotFrozen refuses what a freeze forbids at a time, with its end and its reason.
func (fs Freezes) NotFrozen(s *Secret, at time.Time) error {
	until, frozen := fs.Until(s, at)
	if !frozen {
		return nil
	}
	on, _ := fs.On(s, at)
	return fault.New(fault.InvalidRequest, "The rotation of secret %s is frozen until %s: %s", s.ARN, stamp(until), on.Reason)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
