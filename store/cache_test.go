package store

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

// TestCacheGoesRound fills a small slab many times over with values of all sizes:
// what is found is what was put last under its name, whole, and the newest is there.
func TestCacheGoesRound(t *testing.T) {
	c := newCache()
	c.slab = make([]byte, 4096)
	random := rand.New(rand.NewPCG(1, 2))
	latest, kept := map[string]string{}, 0
	for i := range 20000 {
		key := cacheKey{"r", "a", fmt.Sprint("s", random.IntN(30))}
		if random.IntN(4) == 0 {
			c.drop([]cacheKey{key})
			delete(latest, key.name)
		}
		f, generation := c.get(key)
		if f != nil {
			kept++
			if got := string(f.Sealed.Ciphertext); got != latest[key.name] || f.VersionID != fmt.Sprint("v-", got[:5]) || f.ARN.Name != key.name ||
				f.Policy != "p"+got[:5] || f.KeyID != "alias/k" || len(f.Tags()) != 1 || f.FunctionARN() != "f" {
				t.Fatalf("%s holds %q with version %s, want %q", key.name, got, f.VersionID, latest[key.name])
			}
			continue
		}
		value := fmt.Sprintf("%05d", i) + string(make([]byte, random.IntN(1000)))
		put(c, key, &Found{
			ARN: secret.ARN{Region: "r", Account: "a", Name: key.name, Suffix: "AbCdEf"}, VersionID: "v-" + value[:5],
			Labels: []string{"AWSCURRENT", "x"}, KeyID: "alias/k", Policy: "p" + value[:5], tags: []byte(`[{"Key":"a"}]`), function: []byte("f"),
			Sealed: secret.Sealed{KeyID: "k", DataKey: []byte("d"), Ciphertext: []byte(value)},
		}, generation)
		latest[key.name] = value
		if f, _ := c.get(key); f == nil {
			t.Fatalf("%s was put and is not there", key.name)
		}
	}
	if kept < 100 {
		t.Errorf("only %d values were found", kept)
	}
	if len(c.order) > 100 {
		t.Errorf("%d places are remembered", len(c.order))
	}
}

// offer puts a value with the seal that it has.
func offer(c *cache, key cacheKey, f *Found, generation uint64) {
	c.put(key, f, generation, func() secret.Sealed { return f.Sealed })
}

// put keeps a value, however often chance says no.
func put(c *cache, key cacheKey, f *Found, generation uint64) {
	for range 1000 {
		offer(c, key, f, generation)
		if _, kept := c.places[c.hash(key)]; kept {
			return
		}
	}
}

// TestCacheResistsScans: reads that go through everything drive out little of
// what is kept, which came in at once as long as there was room.
func TestCacheResistsScans(t *testing.T) {
	c := newCache()
	c.slab = make([]byte, 1<<20)
	value := func(name string) (cacheKey, *Found) {
		return cacheKey{"r", "a", name}, &Found{ARN: secret.ARN{Region: "r", Account: "a", Name: name}, Sealed: secret.Sealed{Ciphertext: make([]byte, 950)}}
	}
	there := func() (n int) {
		for i := range 1000 {
			key, _ := value(fmt.Sprint("kept", i))
			if f, _ := c.get(key); f != nil {
				n++
			}
		}
		return n
	}
	for _, part := range []struct {
		name          string
		values        int
		atLeast, most int
	}{{"kept", 1000, 1000, 1000}, {"scan", 1000, 700, 999}, {"more", 20_000, 0, 0}} {
		for i := range part.values {
			key, f := value(fmt.Sprint(part.name, i))
			offer(c, key, f, c.generation)
		}
		if n := there(); n < part.atLeast || n > part.most {
			t.Errorf("after %d of %s %d of 1,000 are there, want %d to %d", part.values, part.name, n, part.atLeast, part.most)
		}
	}
}

// TestCacheFillsWhatWasDropped: what takes the place of values that commits have
// dropped drives nothing out, so it comes in at once.
func TestCacheFillsWhatWasDropped(t *testing.T) {
	c := newCache()
	c.slab = make([]byte, 1<<20)
	there := 0
	for day := range 5 {
		there = 0
		for i := range 900 {
			key := cacheKey{"r", "a", fmt.Sprint("s", i)}
			if day > 0 {
				c.drop([]cacheKey{key})
			}
			offer(c, key, &Found{ARN: secret.ARN{Region: "r", Account: "a", Name: key.name}, Sealed: secret.Sealed{Ciphertext: make([]byte, 950)}}, c.generation)
		}
		for i := range 900 {
			if f, _ := c.get(cacheKey{"r", "a", fmt.Sprint("s", i)}); f != nil {
				there++
			}
		}
	}
	if there < 890 {
		t.Errorf("after four days %d of 900 values are there", there)
	}
}

// TestCacheTellsNamesApart: a value is only given for the name that it was put
// under, even where another has the same hash.
func TestCacheTellsNamesApart(t *testing.T) {
	c := newCache()
	one, other := cacheKey{"r", "a", "one"}, cacheKey{"r", "a", "other"}
	offer(c, one, &Found{ARN: secret.ARN{Region: "r", Account: "a", Name: "one"}, VersionID: "v"}, 0)
	c.places[c.hash(other)] = c.places[c.hash(one)]
	if f, _ := c.get(one); f == nil || f.VersionID != "v" {
		t.Errorf("one is %+v", f)
	}
	if f, _ := c.get(other); f != nil {
		t.Errorf("other is %+v", f)
	}
}

// TestCacheKeepsNothingStale: a reader that a commit has overtaken puts nothing back.
func TestCacheKeepsNothingStale(t *testing.T) {
	c, key := newCache(), cacheKey{"r", "a", "s"}
	_, before := c.get(key)
	c.drop([]cacheKey{key})
	offer(c, key, &Found{VersionID: "old"}, before)
	if f, _ := c.get(key); f != nil {
		t.Errorf("kept %+v", f)
	}
}
