package store

import (
	"sync"

	"github.com/alberti-dev/alberti/secret"
)

// cache keeps current values that were read, as the store has them: encrypted.
// It is used only where this process is the one that writes.
//
// A reader that was overtaken by a commit must not put back what it read before:
// it presents the generation at which it began, and every drop starts a new one.
type cache struct {
	mu         sync.RWMutex
	generation uint64
	size       int
	values     map[cacheKey]*Found
}

type cacheKey struct{ region, account, name string }

const (
	maxCached   = 20 << 20 // bytes, about 12,000 values of 1 KiB
	foundWeight = 640      // bytes of a Found and its place besides its value
)

// cached is the one choice that is kept: what nearly every reader asks for.
var cached = Choice{Label: secret.Current}

func newCache() *cache { return &cache{values: map[cacheKey]*Found{}} }

func keyOf(id secret.ID) cacheKey    { return cacheKey{id.Region, id.Account, id.Name} }
func keyOfARN(a secret.ARN) cacheKey { return cacheKey{a.Region, a.Account, a.Name} }
func (f *Found) weight() int         { return foundWeight + len(f.Sealed.Ciphertext) }

// get finds a value, and gives the generation to present to put.
func (c *cache) get(key cacheKey) (*Found, uint64) {
	if c == nil {
		return nil, 0
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.values[key], c.generation
}

func (c *cache) put(key cacheKey, f *Found, generation uint64) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation || c.values[key] != nil {
		return
	}
	for old := range c.values { // any will do: the order of a map is random
		if c.size+f.weight() <= maxCached {
			break
		}
		c.remove(old)
	}
	c.values[key] = f
	c.size += f.weight()
}

func (c *cache) remove(key cacheKey) {
	if f := c.values[key]; f != nil {
		c.size -= f.weight()
		delete(c.values, key)
	}
}

// drop forgets the values of secrets that a commit has changed.
func (c *cache) drop(keys []cacheKey) {
	if c == nil || len(keys) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	for _, k := range keys {
		c.remove(k)
	}
}
