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
		c.put(key, &Found{
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

// TestCacheKeepsNothingStale: a reader that a commit has overtaken puts nothing back.
func TestCacheKeepsNothingStale(t *testing.T) {
	c, key := newCache(), cacheKey{"r", "a", "s"}
	_, before := c.get(key)
	c.drop([]cacheKey{key})
	c.put(key, &Found{VersionID: "old"}, before)
	if f, _ := c.get(key); f != nil {
		t.Errorf("kept %+v", f)
	}
}
