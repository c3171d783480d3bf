package store

import (
	"sync"

	"github.com/alberti-dev/alberti/secret"
)

// cache keeps values that were read, as the store has them: encrypted. It is
// used only where this process is the one that writes.
//
// A reader that was overtaken by a commit must not put back what it read before:
// it presents the generation at which it began, and every drop starts a new one.
type cache struct {
	mu         sync.RWMutex
	generation uint64
	size       int
	values     map[cacheKey]map[Choice]*Found
}

type cacheKey struct{ region, account, name string }

const (
	maxCached   = 16 << 20 // bytes, about 10,000 values of 1 KiB
	foundWeight = 400      // bytes of a Found besides its value
)

func newCache() *cache { return &cache{values: map[cacheKey]map[Choice]*Found{}} }

func keyOf(id secret.ID) cacheKey    { return cacheKey{id.Region, id.Account, id.Name} }
func keyOfARN(a secret.ARN) cacheKey { return cacheKey{a.Region, a.Account, a.Name} }
func (f *Found) weight() int         { return foundWeight + len(f.Sealed.Ciphertext) }

// get finds a value, and gives the generation to present to put.
func (c *cache) get(key cacheKey, which Choice) (*Found, uint64) {
	if c == nil {
		return nil, 0
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.values[key][which], c.generation
}

func (c *cache) put(key cacheKey, which Choice, f *Found, generation uint64) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation != c.generation || c.values[key][which] != nil {
		return
	}
	for old := range c.values { // any will do: the order of a map is random
		if c.size+f.weight() <= maxCached {
			break
		}
		c.remove(old)
	}
	if c.values[key] == nil {
		c.values[key] = map[Choice]*Found{}
	}
	c.values[key][which] = f
	c.size += f.weight()
}

func (c *cache) remove(key cacheKey) {
	for _, f := range c.values[key] {
		c.size -= f.weight()
	}
	delete(c.values, key)
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
