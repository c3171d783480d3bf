package policy_test

import (
	"fmt"
	"testing"
)

// TestConditions is iam-kms.md, 1.5. The request has the key k:k with the values
// of the row, none where they are nil.
func TestConditions(t *testing.T) {
	one := func(v string) []string { return []string{v} }
	const arn = "arn:aws:iam::1:role/a/b"
	for _, c := range []struct {
		operator, values string // the values as JSON
		got              []string
		want             bool
	}{
		{"StringEquals", `"a"`, one("a"), true},
		{"StringEquals", `["b","a"]`, one("a"), true},
		{"StringEquals", `"a*"`, one("ab"), false},
		{"StringEquals", `"A"`, one("a"), false},
		{"StringEquals", `"a"`, nil, false},
		{"StringEquals", `[]`, one("a"), false},
		{"StringEquals", `5`, one("5"), true},
		{"StringEquals", `true`, one("true"), true},
		{"StringEquals", `"${k:k}"`, one("x"), true},
		{"StringEquals", `["x","${k:none}"]`, one("x"), false},
		{"StringEquals", `"${k:none, 'x'}"`, one("x"), true},
		{"StringEquals", `"b"`, []string{"a", "b"}, true},
		{"StringEqualsIfExists", `"a"`, nil, true},
		{"StringEqualsIfExists", `"a"`, one("b"), false},
		{"StringNotEquals", `["a","b"]`, one("b"), false},
		{"StringNotEquals", `["a","b"]`, one("c"), true},
		{"StringNotEquals", `"a"`, nil, true},
		{"StringNotEquals", `"a"`, []string{"a", "b"}, false},
		{"StringNotEquals", `"${k:none}"`, one("a"), false},
		{"StringNotEqualsIfExists", `"a"`, nil, true},
		{"StringEqualsIgnoreCase", `"Ab"`, one("aB"), true},
		{"StringNotEqualsIgnoreCase", `"Ab"`, one("aB"), false},
		{"StringLike", `"a?c*"`, one("abcd"), true},
		{"StringLike", `"a?c"`, one("aéc"), true},
		{"StringLike", `"a"`, one("ab"), false},
		{"StringLike", `"${k:k}"`, one("a*"), true},
		{"StringNotLike", `"a*"`, one("ab"), false},

		{"NumericEquals", `"5.0"`, one("5"), true},
		{"NumericEquals", `"9007199254740993"`, one("9007199254740992"), false},
		{"NumericEquals", `"five"`, one("5"), false},
		{"NumericEquals", `"1e9"`, one("1000000000"), false},
		{"NumericNotEquals", `"five"`, one("5"), true},
		{"NumericLessThan", `7`, one("6"), true},
		{"NumericLessThan", `7`, one("7"), false},
		{"NumericLessThanEquals", `7`, one("7"), true},
		{"NumericGreaterThan", `-1.5`, one("-1"), true},
		{"NumericGreaterThanEquals", `7`, one("6.99"), false},

		{"DateEquals", `"2026-11-21"`, one("2026-11-21T00:00:00Z"), true},
		{"DateEquals", `"1795219200"`, one("2026-11-21T00:00:00Z"), true},
		{"DateEquals", `"2026-11-21T01:00+01:00"`, one("2026-11-21T00:00:00Z"), true},
		{"DateNotEquals", `"2026"`, one("2026-01-01T00:00:00Z"), false},
		{"DateLessThan", `"2027"`, one("2026-11-21T00:00:00Z"), true},
		{"DateLessThan", `"tomorrow"`, one("2026-11-21T00:00:00Z"), false},
		{"DateLessThanEquals", `"2026-11"`, one("2026-11-01T00:00:00Z"), true},
		{"DateGreaterThan", `"2026-11-21T00:00:00.5Z"`, one("2026-11-21T00:00:01Z"), true},
		{"DateGreaterThanEquals", `"2026-12"`, one("2026-11-21T00:00:01Z"), false},

		{"Bool", `true`, one("true"), true},
		{"Bool", `"TRUE"`, one("True"), true},
		{"Bool", `"false"`, one("true"), false},
		{"Bool", `"yes"`, one("yes"), false},
		{"Bool", `"false"`, nil, false},
		{"BoolIfExists", `"false"`, nil, true},
		{"BinaryEquals", `"aGk="`, one("hi"), true},
		{"BinaryEquals", `"hi"`, one("hi"), false},

		{"IpAddress", `"203.0.113.0/24"`, one("203.0.113.77"), true},
		{"IpAddress", `"203.0.113.9/24"`, one("203.0.113.77"), true},
		{"IpAddress", `"203.0.113.77"`, one("203.0.113.77"), true},
		{"IpAddress", `"203.0.113.77"`, one("::ffff:203.0.113.77"), true},
		{"IpAddress", `"203.0.113.0/24"`, one("203.0.114.1"), false},
		{"IpAddress", `["10.0.0.0/8","2001:db8::/32"]`, one("2001:db8::1"), true},
		{"IpAddress", `"0.0.0.0/0"`, one("2001:db8::1"), false},
		{"IpAddress", `"0.0.0.0/0"`, one("here"), false},
		{"NotIpAddress", `"203.0.113.0/24"`, one("203.0.113.77"), false},
		{"NotIpAddress", `"203.0.113.0/24"`, one("10.0.0.1"), true},

		{"ArnEquals", `"` + arn + `"`, one(arn), true},
		{"ArnLike", `"arn:aws:iam::1:role/*"`, one(arn), true},
		{"ArnEquals", `"arn:*:iam::?:role/*"`, one(arn), true},
		{"ArnLike", `"arn:aws:*"`, one(arn), false},
		{"ArnLike", `"arn:aws:iam::1:ROLE/*"`, one(arn), false},
		{"ArnLike", `"*"`, one("no arn"), false},
		{"ArnNotLike", `"arn:aws:iam::1:role/*"`, one(arn), false},
		{"ArnNotEquals", `"arn:aws:iam::2:role/*"`, one(arn), true},

		{"Null", `"true"`, nil, true},
		{"Null", `true`, one("a"), false},
		{"Null", `"false"`, one("a"), true},
		{"Null", `"false"`, one(""), false},
		{"Null", `"false"`, nil, false},
		{"Null", `"maybe"`, nil, false},

		{"ForAllValues:StringEquals", `["a","b"]`, []string{"a", "b"}, true},
		{"ForAllValues:StringEquals", `["a"]`, []string{"a", "b"}, false},
		{"ForAllValues:StringEquals", `["a"]`, nil, true},
		{"ForAllValues:StringEquals", `["a"]`, one(""), true},
		{"ForAllValues:StringNotEquals", `["a"]`, []string{"b", "c"}, true},
		{"ForAllValues:StringNotEquals", `["a"]`, []string{"a", "b"}, false},
		{"ForAllValues:StringLikeIfExists", `["a*"]`, []string{"ab"}, true},
		{"ForAnyValue:StringEquals", `["a"]`, []string{"a", "b"}, true},
		{"ForAnyValue:StringEquals", `["c"]`, []string{"a", "b"}, false},
		{"ForAnyValue:StringEquals", `["a"]`, nil, false},
		{"ForAnyValue:StringEquals", `[""]`, one(""), false},
		{"ForAnyValue:StringEqualsIfExists", `["a"]`, nil, true},
		{"ForAnyValue:StringNotEquals", `["a"]`, []string{"a", "b"}, true},
		{"ForAnyValue:StringNotEquals", `["a"]`, []string{"a"}, false},
		{"ForAnyValue:StringNotEquals", `["a"]`, nil, false},
	} {
		text := fmt.Sprintf(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{%q:{"K:k":%s}}}`, c.operator, c.values)
		if got := says(t, text, "a:B", "*", keys(map[string][]string{"k:k": c.got})); got != c.want {
			t.Errorf("%s %s: %v for %q", c.operator, c.values, got, c.got)
		}
	}
}

// TestAllConditions: operators and keys are all wanted, and empty ones say nothing.
func TestAllConditions(t *testing.T) {
	ctx := keys(map[string][]string{"k:a": {"1"}, "k:b": {"2"}})
	for condition, want := range map[string]bool{
		`{}`:                                     true,
		`{"StringEquals":{}}`:                    true,
		`{"StringEquals":{"k:a":"1","k:b":"2"}}`: true,
		`{"StringEquals":{"k:a":"1","k:b":"3"}}`: false,
		`{"StringEquals":{"k:a":"1"},"StringLike":{"k:b":"?"}}`:             true,
		`{"StringEquals":{"k:a":"1"},"StringLike":{"k:b":"3"}}`:             false,
		`{"StringEquals":{"K:A":"1"},"ForAnyValue:StringLike":{"k:c":"*"}}`: false,
	} {
		text := `{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}`
		if got := says(t, text, "a:B", "*", ctx); got != want {
			t.Errorf("%s: %v", condition, got)
		}
	}
}
