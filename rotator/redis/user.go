package redis

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomodule/redigo/redis"

	"github.com/alberti-dev/alberti/rotator"
)

// account is a user of the server, as ACL LIST describes it: what is written there
// can be read back by ACL SETUSER, since the server keeps its users that way.
type account struct {
	name   string
	hashes []string
	rules  []string // all that it may do
	marks  []string // what tells that it was made for a secret
}

// account finds a user; nil when there is none.
func (s *session) account(ctx context.Context, name string) (*account, error) {
	lines, err := redis.Strings(s.do(ctx, "ACL", "LIST"))
	if err != nil {
		return nil, fmt.Errorf("ACL LIST: %w", err)
	}
	for _, line := range lines {
		if rules, ok := strings.CutPrefix(line, "user "+name+" "); ok {
			return parseAccount(name, rules), nil
		}
	}
	return nil, nil
}

func parseAccount(name, text string) *account {
	a := &account{name: name}
	for _, rule := range splitRules(text) {
		switch {
		case strings.HasPrefix(rule, "#"):
			a.hashes = append(a.hashes, rule)
		case strings.HasPrefix(rule, markBegins):
			a.marks = append(a.marks, rule)
		case !slices.Contains(ofLogin, rule):
			a.rules = append(a.rules, rule)
		}
	}
	return a
}

// ofLogin are rules about how a user logs in, and one that says what is so without
// it.
var ofLogin = []string{"on", "off", "nopass", "sanitize-payload"}

// splitRules takes rules apart. A selector, which is in parentheses, is one.
func splitRules(text string) (rules []string) {
	open := false
	for _, word := range strings.Fields(text) {
		if open {
			rules[len(rules)-1] += " " + word
		} else {
			rules = append(rules, word)
		}
		open = (open || strings.HasPrefix(word, "(")) && !strings.HasSuffix(word, ")")
	}
	return rules
}

// markBegins is the beginning of a selector that allows nothing: what tells a
// user that Alberti made from a stranger of the same name.
const markBegins = "(~made-by-alberti-for-"

// mark is the mark of a secret, as the server writes it.
func mark(o rotator.Owner) string { return markBegins + o.SecretARN + " resetchannels -@all)" }

// bears tells whether a user was made for a secret.
func (a *account) bears(o rotator.Owner) bool { return slices.Contains(a.marks, mark(o)) }
