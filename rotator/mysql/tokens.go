package mysql

import (
	"fmt"
	"strings"
)

// token is a piece of a statement as a server prints it: a word, a quoted name
// or text, or a sign.
type token struct {
	kind     byte // w for words, else the quote or the sign
	value    string
	from, to int // where it stands in the statement
}

// word tells whether a token is one of some bare words.
func (t token) word(any ...string) bool {
	if t.kind != 'w' {
		return false
	}
	for _, w := range any {
		if strings.EqualFold(t.value, w) {
			return true
		}
	}
	return false
}

// tokens takes a statement apart. What a server prints is read rather than
// searched: names and texts may hold anything, words of SQL among it.
func tokens(statement string) (out []token, err error) {
	for at := 0; at < len(statement); {
		t := token{kind: statement[at], from: at}
		switch c := statement[at]; {
		case c == ' ' || c == '\n' || c == '\t':
			at++
			continue
		case c == '\'' || c == '"' || c == '`':
			if t.value, t.to, err = quoted(statement, at); err != nil {
				return nil, err
			}
		case inWord(c), c == '-' && at+1 < len(statement) && '0' <= statement[at+1] && statement[at+1] <= '9':
			t.kind, t.to = 'w', wordEnd(statement, at)
			t.value = statement[at:t.to]
		default:
			t.to = at + 1
		}
		at = t.to
		out = append(out, t)
	}
	return out, nil
}

func inWord(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// wordEnd is where a word ends, or a number, which may have a point in it.
func wordEnd(statement string, at int) int {
	number := statement[at] == '-' || '0' <= statement[at] && statement[at] <= '9'
	at++
	for at < len(statement) && (inWord(statement[at]) || number && statement[at] == '.') {
		at++
	}
	return at
}

// quoted reads a quoted name or text. A quote within it is written twice; in a
// text, not in a name, backslashes are escapes too.
func quoted(statement string, at int) (value string, end int, err error) {
	quote := statement[at]
	var b strings.Builder
	for i := at + 1; i < len(statement); i++ {
		c := statement[i]
		switch {
		case c == '\\' && quote != '`' && i+1 < len(statement):
			i++
			b.WriteByte(unescaped(statement[i]))
		case c != quote:
			b.WriteByte(c)
		case i+1 < len(statement) && statement[i+1] == quote:
			i++
			b.WriteByte(quote)
		default:
			return b.String(), i + 1, nil
		}
	}
	return "", 0, fmt.Errorf("cannot read what the server prints: a %c is not closed", quote)
}

func unescaped(c byte) byte {
	switch c {
	case '0':
		return 0
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'b':
		return '\b'
	case 'Z':
		return 0x1a
	}
	return c
}

// reader reads tokens one by one.
type reader struct {
	source string
	tokens []token
	at     int
}

func read(statement string) (*reader, error) {
	all, err := tokens(statement)
	return &reader{source: statement, tokens: all}, err
}

func (r *reader) end() bool { return r.at >= len(r.tokens) }

// peek is the token some places ahead; none past the end.
func (r *reader) peek(ahead int) token {
	if r.at+ahead < len(r.tokens) {
		return r.tokens[r.at+ahead]
	}
	return token{}
}

func (r *reader) next() token {
	t := r.peek(0)
	r.at++
	return t
}

// take goes past words if they come next.
func (r *reader) take(words ...string) bool {
	for i, w := range words {
		if !r.peek(i).word(w) {
			return false
		}
	}
	r.at += len(words)
	return true
}

// until is the source up to where a condition holds, or the end, without the
// space around it.
func (r *reader) until(stop func() bool) string {
	begin := r.at
	for !r.end() && !stop() {
		r.at++
	}
	if begin == r.at {
		return ""
	}
	return r.source[r.tokens[begin].from:r.tokens[r.at-1].to]
}

// account reads user@host; a role of MariaDB has no host.
func (r *reader) account() account {
	a := account{user: r.next().value}
	if r.peek(0).kind == '@' {
		r.next()
		a.host = r.next().value
	}
	return a
}
