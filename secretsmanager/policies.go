package secretsmanager

import (
	"sync"

	"github.com/alberti-dev/alberti/policy"
)

// policies keeps resource policies that were read, by their text, so that a
// secret that is read often has its policy parsed once. When full it starts anew.
type policies struct {
	mu    sync.RWMutex
	known map[string]*policy.Document
	size  int // of the texts, in bytes
}

// maxPolicies bounds the texts that are kept, in bytes. Policies are a few
// hundred long, and 80 KiB at most.
const maxPolicies = 256 << 10

// read gives the document of a text, nil for "". What is stored was read before,
// so an error is ours, and nothing is allowed then.
func (p *policies) read(text string) (*policy.Document, error) {
	if text == "" {
		return nil, nil
	}
	p.mu.RLock()
	d, ok := p.known[text]
	p.mu.RUnlock()
	if ok {
		return d, nil
	}
	d, err := policy.Parse(text, policy.Resource)
	if err == nil {
		p.keep(text, d)
	}
	return d, err
}

func (p *policies) keep(text string, d *policy.Document) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || p.size+len(text) > maxPolicies {
		p.known, p.size = map[string]*policy.Document{}, 0
	}
	if p.known[text] == nil {
		p.size += len(text)
	}
	p.known[text] = d
}
