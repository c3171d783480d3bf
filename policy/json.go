package policy

import (
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a piece of JSON. Its kind is 0 for what is not there.
type node struct {
	kind  jsontext.Kind
	text  string   // of a string, a number or a boolean
	names []string // of the members of an object
	items []node   // of a list or an object
}

// maxDepth is deeper than any policy needs.
const maxDepth = 10

var errJSON = errors.New("not JSON")

// readJSON reads a document. A name that occurs twice in an object is refused,
// and so is what no policy may hold: characters outside of U+0020–U+00FF, but
// for tab and line ends.
func readJSON(text string) (node, error) {
	d := jsontext.NewDecoder(strings.NewReader(text))
	root, err := readNode(d)
	if err != nil {
		return root, err
	}
	if _, err := d.ReadToken(); err != io.EOF {
		return root, errJSON
	}
	return root, nil
}

func readNode(d *jsontext.Decoder) (node, error) {
	token, err := d.ReadToken()
	if err != nil || d.StackDepth() > maxDepth {
		return node{}, errJSON
	}
	n := node{kind: token.Kind(), text: token.String()}
	switch n.kind {
	case '{', '[':
		n.text = ""
		return n, n.readItems(d)
	case '"':
		return n, checkCharacters(n.text)
	}
	return n, nil
}

func (n *node) readItems(d *jsontext.Decoder) error {
	for d.PeekKind() != '}' && d.PeekKind() != ']' {
		if n.kind == '{' {
			name, err := readNode(d)
			if err != nil {
				return err
			}
			n.names = append(n.names, name.text)
		}
		item, err := readNode(d)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	_, err := d.ReadToken()
	return err
}

func checkCharacters(text string) error {
	strange := func(r rune) bool { return r > 0xff || r < ' ' && r != '\t' && r != '\n' && r != '\r' }
	if strings.ContainsFunc(text, strange) {
		return errJSON
	}
	return nil
}

// member finds a member of an object.
func (n node) member(name string) node {
	if i := slices.Index(n.names, name); i >= 0 {
		return n.items[i]
	}
	return node{}
}

// pick finds which one of two members there is; both and none are refused.
func (n node) pick(name, not string) (found node, negated bool, err error) {
	found, other := n.member(name), n.member(not)
	switch {
	case found.kind != 0 && other.kind != 0:
		return node{}, false, syntax(syntaxErrors)
	case other.kind != 0:
		return other, true, nil
	}
	return found, false, nil
}

// only refuses an object with other members than these, and what is no object.
func (n node) only(names ...string) error {
	if n.kind != '{' || slices.ContainsFunc(n.names, func(name string) bool { return !slices.Contains(names, name) }) {
		return syntax(syntaxErrors)
	}
	return nil
}

// list gives the items of a list; anything else stands for a list of one.
func (n node) list() []node {
	if n.kind == '[' {
		return n.items
	}
	return []node{n}
}

// texts reads a string or a list of strings.
func (n node) texts() ([]string, error) { return n.scalars("\"") }

// scalars reads one or a list of what has one of the kinds: strings, and in
// conditions numbers and booleans as they are written.
func (n node) scalars(kinds string) ([]string, error) {
	out := []string{}
	for _, item := range n.list() {
		if !strings.ContainsRune(kinds, rune(item.kind)) {
			return nil, syntax(syntaxErrors)
		}
		out = append(out, item.text)
	}
	return out, nil
}
