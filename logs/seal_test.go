package logs

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/store"
)

// TestSealing: a chunk opens in its place and in no other.
func TestSealing(t *testing.T) {
	root, err := keyring.CreateLocal(filepath.Join(t.TempDir(), "root.key"))
	if err != nil {
		t.Fatal(err)
	}
	ring := keyring.New(root, func(context.Context, string) (keyring.Key, error) { return keyring.Key{}, errChunk })
	key, err := ring.Generate(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	g := Group{"000000000000", "eu-west-1", "/aws/lambda/f"}
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC).UnixMilli()
	var lines []event
	for i := range int64(10) {
		lines = append(lines, event{at: at + 1000*i, message: strings.Repeat("x", 40<<10)})
	}
	lines = append(lines, event{at: at + 9000 + store.LogChunkSpan.Milliseconds() + 1, message: "late"})
	chunks, err := sealChunks(t.Context(), ring, key, g, "s", lines)
	if err != nil || len(chunks) != 5 { // three lines to a chunk, and the late one for itself
		t.Fatalf("%d chunks, %v", len(chunks), err)
	}
	open := func(change func(*Group, *store.LogChunk)) ([]event, error) {
		place, c := g, chunks[0]
		c.Sealed.Ciphertext = bytes.Clone(c.Sealed.Ciphertext) // which opening uses up
		change(&place, &c)
		return openChunk(t.Context(), ring, place, c)
	}
	if got, err := open(func(*Group, *store.LogChunk) {}); err != nil || len(got) != 3 || got[2].message != lines[2].message || got[2].at != lines[2].at {
		t.Errorf("%d lines, %v", len(got), err)
	}
	for what, change := range map[string]func(*Group, *store.LogChunk){
		"account": func(g *Group, _ *store.LogChunk) { g.Account = "111111111111" },
		"region":  func(g *Group, _ *store.LogChunk) { g.Region = "us-east-1" },
		"group":   func(g *Group, _ *store.LogChunk) { g.Name = "/aws/lambda/g" },
		"stream":  func(_ *Group, c *store.LogChunk) { c.Stream = "t" },
		"time":    func(_ *Group, c *store.LogChunk) { c.First = c.First.Add(-time.Hour) },
	} {
		if _, err := open(change); err == nil {
			t.Errorf("it opens in another %s", what)
		}
	}
}
