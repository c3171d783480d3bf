package policy

import "sync"

// Cache keeps documents that were read, by their text, so that a policy that is
// asked often is parsed once. When full it starts anew. The zero value is ready.
type Cache struct {
	mu    sync.RWMutex
	known map[source]*Document
	size  int // of the texts, in bytes
}

// source is what a document was read from.
type source struct {
	text string
	kind Kind
}

// maxCached bounds the texts that are kept, in bytes. Policies are a few hundred
// long, and 80 KiB at most.
const maxCached = 256 << 10

// Read gives the document of a text, nil for "". What is stored was read before,
// so an error is ours, and nothing is allowed then.
func (c *Cache) Read(text string, kind Kind) (*Document, error) {
	if text == "" {
		return nil, nil
	}
	s := source{text, kind}
	c.mu.RLock()
	d, ok := c.known[s]
	c.mu.RUnlock()
	if ok {
		return d, nil
	}
	d, err := Parse(text, kind)
	if err == nil {
		c.keep(s, d)
	}
	return d, err
}

func (c *Cache) keep(s source, d *Document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil || c.size+len(s.text) > maxCached {
		c.known, c.size = map[source]*Document{}, 0
	}
	if c.known[s] == nil {
		c.size += len(s.text)
	}
	c.known[s] = d
}
