package store

import (
	"strings"
	"sync"
	"unique"

	"github.com/alberti-dev/alberti/secret"
)

// cache keeps current values that were read, as the store has them: encrypted.
// It is used only where this process is the one that writes.
//
// A reader that was overtaken by a commit must not put back what it read before:
// it presents the generation at which it began, and every drop starts a new one.
//
// Values lie packed in one slab, which is filled round and round: the newest
// takes the place of the oldest. To the garbage collector that is one object, in
// which there is nothing to look through.
type cache struct {
	mu         sync.RWMutex
	generation uint64
	slab       []byte
	next       int // where the next value goes
	places     map[cacheKey]place
	order      []owner // of what is in the slab, oldest first
}

type cacheKey struct{ region, account, name string }

// place is where a value lies in the slab.
type place struct{ from, to int }

// owner is whose value a place was given to. The value may have been dropped
// since, and another place have been given.
type owner struct {
	place
	key cacheKey
}

const slabSize = 18 << 20 // about 15,000 values of 1 KiB

// cached is the one choice that is kept: what nearly every reader asks for.
var cached = Choice{Label: secret.Current}

func newCache() *cache {
	return &cache{slab: make([]byte, slabSize), places: map[cacheKey]place{}}
}

func keyOf(id secret.ID) cacheKey    { return cacheKey{id.Region, id.Account, id.Name} }
func keyOfARN(a secret.ARN) cacheKey { return cacheKey{a.Region, a.Account, a.Name} }

// get finds a value, and gives the generation to present to put.
func (c *cache) get(key cacheKey) (*Found, uint64) {
	if c == nil {
		return nil, 0
	}
	c.mu.RLock()
	p, ok := c.places[key]
	if !ok {
		defer c.mu.RUnlock()
		return nil, c.generation
	}
	copied := append(make(packed, 0, p.to-p.from), c.slab[p.from:p.to]...) // its place may be given away
	generation := c.generation
	c.mu.RUnlock()
	return copied.unpack(key), generation
}

func (c *cache) put(key cacheKey, f *Found, generation uint64) {
	if c == nil {
		return
	}
	p := pack(f)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.places[key]; known || generation != c.generation || len(p) > len(c.slab)/2 {
		return
	}
	// A key may be part of a whole request, which is not to stay for its sake.
	key = cacheKey{unique.Make(key.region).Value(), unique.Make(key.account).Value(), strings.Clone(key.name)}
	at := c.reserve(len(p))
	copy(c.slab[at.from:at.to], p)
	c.places[key] = at
	c.order = append(c.order, owner{at, key})
}

// reserve makes room at the next place of the slab, where older values give way.
func (c *cache) reserve(n int) place {
	if c.next+n > len(c.slab) {
		c.giveWay(place{c.next, len(c.slab)})
		c.next = 0
	}
	at := place{c.next, c.next + n}
	c.giveWay(at)
	c.next = at.to
	return at
}

func (c *cache) giveWay(to place) {
	for len(c.order) > 0 {
		oldest := c.order[0]
		if oldest.to <= to.from || oldest.from >= to.to {
			return
		}
		if c.places[oldest.key] == oldest.place {
			delete(c.places, oldest.key)
		}
		c.order = c.order[1:]
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
		delete(c.places, k)
	}
}
