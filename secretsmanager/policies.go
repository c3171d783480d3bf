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
}

const (
	maxPolicies = 256
	// keptPolicy bounds the texts that are kept, in bytes: 2 MiB in all.
	keptPolicy = 8 << 10
)

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
	if err == nil && len(text) <= keptPolicy {
		p.keep(text, d)
	}
	return d, err
}

func (p *policies) keep(text string, d *policy.Document) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= maxPolicies {
		p.known = map[string]*policy.Document{}
	}
	p.known[text] = d
}
