package store

import (
	"hash/maphash"
	"math/rand/v2"
	"sync"

	"github.com/alberti-dev/alberti/secret"
)

// cache keeps current values that were read, encrypted. It is used only where this
// process is the one that writes.
//
// A reader that was overtaken by a commit must not put back what it read before:
// it presents the generation at which it began, and every drop starts a new one.
//
// Values lie packed in one slab, which is filled round and round: the newest
// takes the place of the oldest. They are found by a hash of their names, and
// begin with the names themselves. Where it can, the slab lies outside the heap: the
// garbage collector paces itself by the rest.
//
// Where a value would drive out another, only one of several that are
// missed is kept, by chance: what is read again and again comes in soon, and
// reads all over a large store neither drive it out nor pay for what is of no use.
type cache struct {
	seed       maphash.Seed
	mu         sync.RWMutex
	generation uint64
	slab       []byte
	next       int // where the next value goes
	places     map[uint64]place
	order      []owner // of what is in the slab, oldest first
	full       bool    // each that comes takes the place of another, or of what one left
	packing    packed  // only in put
}

type cacheKey struct{ region, account, name string }

// place is where a value lies in the slab.
type place struct{ from, to int }

// owner is whose value a place was given to. The value may have been dropped
// since, and another place have been given.
type owner struct {
	place
	hash uint64
}

const (
	slabSize = 13 << 20 // about 11,000 values of 1 KiB
	admitted = 8        // one of so many
)

// cached is the one choice that is kept: what nearly every reader asks for.
var cached = Choice{Label: secret.Current}

func newCache() *cache {
	c := &cache{seed: maphash.MakeSeed(), places: map[uint64]place{}}
	c.slab = newSlab(c, slabSize)
	return c
}

func (c *cache) hash(key cacheKey) uint64 { return maphash.Comparable(c.seed, key) }

func keyOf(id secret.ID) cacheKey    { return cacheKey{id.Region, id.Account, id.Name} }
func keyOfARN(a secret.ARN) cacheKey { return cacheKey{a.Region, a.Account, a.Name} }

// get finds a value, and gives the generation to present to put.
func (c *cache) get(key cacheKey) (*Found, uint64) {
	if c == nil {
		return nil, 0
	}
	hash := c.hash(key)
	c.mu.RLock()
	p, ok := c.places[hash]
	if !ok {
		defer c.mu.RUnlock()
		return nil, c.generation
	}
	copied := append(make(packed, 0, p.to-p.from), c.slab[p.from:p.to]...) // its place may be given away
	generation := c.generation
	c.mu.RUnlock()
	return copied.unpack(key), generation
}

// put keeps a value with the seal that it is given, if it is kept.
func (c *cache) put(key cacheKey, f *Found, generation uint64, seal func() secret.Sealed) {
	hash := c.hash(key)
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.places[hash]; known || generation != c.generation || c.wouldDriveOut() && rand.N(admitted) != 0 {
		return
	}
	kept := *f
	kept.Sealed = seal()
	c.packing = c.packing[:0].pack(&kept)
	if len(c.packing) > len(c.slab)/2 {
		return
	}
	at := c.reserve(len(c.packing))
	copy(c.slab[at.from:at.to], c.packing)
	c.places[hash] = at
	c.order = append(c.order, owner{at, hash})
}

// wouldDriveOut tells whether the next value takes the place of one that is still
// of use. Those that commits have dropped leave places behind, and the first reads
// of a day drop everything that is read.
func (c *cache) wouldDriveOut() bool {
	return c.full && len(c.order) > 0 && c.places[c.order[0].hash] == c.order[0].place
}

// reserve makes room at the next place of the slab, where older values give way.
func (c *cache) reserve(n int) place {
	if c.next+n > len(c.slab) {
		c.giveWay(place{c.next, len(c.slab)})
		c.next, c.full = 0, true
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
		if c.places[oldest.hash] == oldest.place {
			delete(c.places, oldest.hash)
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
		delete(c.places, c.hash(k)) // or that of another with the same hash: no harm
	}
}
