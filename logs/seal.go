package logs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// maxChunk bounds the text of a chunk: opening one takes that much memory.
const maxChunk = 128 << 10

// sealing binds a chunk to its place, as a value is bound to its version: the
// stream, with account, region and group in its ARN, takes the place of the
// secret, and the chunk's times that of the version.
func sealing(g Group, c store.LogChunk) keyring.Context {
	return keyring.Context{
		SecretARN: g.StreamARN(c.Stream),
		VersionID: fmt.Sprintf("%d-%d", c.First.UnixMilli(), c.Last.UnixMilli()),
	}
}

// sealChunks seals lines of one stream, as many to a chunk as there may be. Their
// order in time is that of the log.
func sealChunks(ctx context.Context, ring *keyring.Ring, key keyring.Key, g Group, stream string, events []event) (out []store.LogChunk, err error) {
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(a.at, b.at) })
	for len(events) > 0 {
		n, size := 0, 0
		for _, e := range events {
			size += len(e.message)
			if n > 0 && (size > maxChunk || e.at-events[0].at > store.LogChunkSpan.Milliseconds()) {
				break
			}
			n++
		}
		c := store.LogChunk{Stream: stream, First: time.UnixMilli(events[0].at), Last: time.UnixMilli(events[n-1].at)}
		if c.Sealed, err = ring.Seal(ctx, key, sealing(g, c), secret.Binary(encodeEvents(events[:n]))); err != nil {
			return nil, err
		}
		out, events = append(out, c), events[n:]
	}
	return out, nil
}

// openChunk gives the lines of a chunk.
func openChunk(ctx context.Context, ring *keyring.Ring, g Group, c store.LogChunk) ([]event, error) {
	value, err := ring.Open(ctx, c.Sealed, sealing(g, c))
	if err != nil {
		// Its kind is Secrets Manager's, and says nothing to who reads a log.
		return nil, fmt.Errorf("logs: chunk %d: %v", c.Key, err)
	}
	events, err := decodeEvents(value.Reveal(), c.First.UnixMilli())
	for i := range events {
		e := &events[i]
		e.place, e.stream, e.ingested = place{e.at, c.Key, i}, c.Stream, c.Ingested
	}
	return events, err
}
