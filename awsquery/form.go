package awsquery

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// form is the parameters of a request as the tree that their names make:
// Tags.member.1.Key is four levels deep.
type form struct {
	text  string
	given bool // there is a parameter of just this name
	below map[string]*form
}

// maxDepth is deeper than the members of any operation.
const maxDepth = 16

// maxParameters is more than any operation has: the tree of a form is a few hundred
// times as large as the form, and its sender is not known yet.
const maxParameters = 1000

// parseForm reads a body. A parameter that comes twice is refused: two readers
// may each believe another.
func parseForm(body []byte) (*form, error) {
	if bytes.Count(body, []byte("&")) >= maxParameters {
		return nil, fault.New(fault.Serialization, "The body has more than %d parameters.", maxParameters)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		// The error itself quotes what may be confidential.
		return nil, fault.New(fault.Serialization, "The body is not a well-formed form.")
	}
	root := &form{}
	for name, texts := range values {
		if len(texts) > 1 || strings.Count(name, ".") >= maxDepth {
			return nil, fault.New(fault.Serialization, "The body has a parameter twice, or one of too many parts.")
		}
		root.put(name, texts[0])
	}
	return root, nil
}

func (f *form) put(name, text string) {
	for part := range strings.SplitSeq(name, ".") {
		next := f.below[part]
		if next == nil {
			next = &form{}
			if f.below == nil {
				f.below = map[string]*form{}
			}
			f.below[part] = next
		}
		f = next
	}
	f.text, f.given = text, true
}

// parameter gives the text of a parameter, "" when it is not there.
func (f *form) parameter(name string) string {
	if found := f.below[name]; found != nil {
		return found.text
	}
	return ""
}
