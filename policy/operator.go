package policy

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// operator compares a value of a policy with one of a request. What one of them
// cannot be read as never matches.
type operator struct {
	match     func(want pattern, got string) bool
	negated   bool
	variables bool // there may be variables in its values
}

// null looks at the presence of a key instead of its values.
var null = &operator{}

var operators = map[string]*operator{
	"StringEquals":              {match: equal, variables: true},
	"StringNotEquals":           {match: equal, variables: true, negated: true},
	"StringEqualsIgnoreCase":    {match: equalFold, variables: true},
	"StringNotEqualsIgnoreCase": {match: equalFold, variables: true, negated: true},
	"StringLike":                {match: like, variables: true},
	"StringNotLike":             {match: like, variables: true, negated: true},

	"ArnEquals":    {match: arnLike, variables: true},
	"ArnNotEquals": {match: arnLike, variables: true, negated: true},
	"ArnLike":      {match: arnLike, variables: true},
	"ArnNotLike":   {match: arnLike, variables: true, negated: true},

	"Bool":         {match: sameBool, variables: true},
	"BinaryEquals": {match: sameBytes},
	"IpAddress":    {match: inNetwork},
	"NotIpAddress": {match: inNetwork, negated: true},
	"Null":         null,

	"NumericEquals":            {match: numbers(func(c int) bool { return c == 0 })},
	"NumericNotEquals":         {match: numbers(func(c int) bool { return c == 0 }), negated: true},
	"NumericLessThan":          {match: numbers(func(c int) bool { return c < 0 })},
	"NumericLessThanEquals":    {match: numbers(func(c int) bool { return c <= 0 })},
	"NumericGreaterThan":       {match: numbers(func(c int) bool { return c > 0 })},
	"NumericGreaterThanEquals": {match: numbers(func(c int) bool { return c >= 0 })},

	"DateEquals":            {match: dates(func(c int) bool { return c == 0 })},
	"DateNotEquals":         {match: dates(func(c int) bool { return c == 0 }), negated: true},
	"DateLessThan":          {match: dates(func(c int) bool { return c < 0 })},
	"DateLessThanEquals":    {match: dates(func(c int) bool { return c <= 0 })},
	"DateGreaterThan":       {match: dates(func(c int) bool { return c > 0 })},
	"DateGreaterThanEquals": {match: dates(func(c int) bool { return c >= 0 })},
}

func equal(want pattern, got string) bool     { return want.text == got }
func equalFold(want pattern, got string) bool { return strings.EqualFold(want.text, got) }
func like(want pattern, got string) bool      { return want.glob.matches(got) }

// arnLike compares the six parts of an ARN one by one: no wildcard goes on over
// a colon, but in the last part.
func arnLike(want pattern, got string) bool {
	rest := want.glob
	part := strings.SplitN(got, ":", 6)
	if len(part) < 6 {
		return false
	}
	for _, text := range part[:5] {
		colon := slices.Index(rest, ':')
		if colon < 0 || !rest[:colon].matches(text) {
			return false
		}
		rest = rest[colon+1:]
	}
	return rest.matches(part[5])
}

func sameBool(want pattern, got string) bool {
	is := strings.ToLower(got)
	return (is == "true" || is == "false") && strings.EqualFold(want.text, is)
}

func sameBytes(want pattern, got string) bool {
	b, err := base64.StdEncoding.DecodeString(want.text)
	return err == nil && string(b) == got
}

func inNetwork(want pattern, got string) bool {
	address, err := netip.ParseAddr(got)
	if err != nil {
		return false
	}
	address = address.Unmap().WithZone("")
	if one, err := netip.ParseAddr(want.text); err == nil {
		return one.Unmap() == address
	}
	network, err := netip.ParsePrefix(want.text)
	return err == nil && network.Contains(address)
}

// decimal keeps exponents out: a short one stands for an endless number.
var decimal = regexp.MustCompile(`^[+-]?\d+(\.\d+)?$`)

// numbers compares integers and decimals, exactly.
func numbers(holds func(comparison int) bool) func(pattern, string) bool {
	return func(want pattern, got string) bool {
		if !decimal.MatchString(want.text) || !decimal.MatchString(got) {
			return false
		}
		a, readA := new(big.Rat).SetString(got)
		b, readB := new(big.Rat).SetString(want.text)
		return readA && readB && holds(a.Cmp(b))
	}
}

// dates compares moments: those that stand for a longer time, as 2026 does, are
// its beginning.
func dates(holds func(comparison int) bool) func(pattern, string) bool {
	return func(want pattern, got string) bool {
		a, readA := parseDate(got)
		b, readB := parseDate(want.text)
		return readA && readB && holds(a.Compare(b))
	}
}

var (
	dateForms = []string{"2006", "2006-01", "2006-01-02", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z07:00"}
	seconds   = regexp.MustCompile(`^\d{5,12}$`) // since 1970; four digits are a year
)

func parseDate(text string) (time.Time, bool) {
	for _, form := range dateForms {
		if t, err := time.Parse(form, text); err == nil {
			return t, true
		}
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(n, 0), err == nil && seconds.MatchString(text)
}
