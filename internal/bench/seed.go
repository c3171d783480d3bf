package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

const (
	valueSize = 1 << 10
	seeders   = 32
	seedLimit = time.Minute
)

// seed creates the secrets.
func (b *bench) seed(ctx context.Context) error {
	conns, err := dialAll(b.server.Endpoint, b.server.URL, seeders)
	if err != nil {
		return err
	}
	defer closeAll(conns)
	var next atomic.Int64
	s, err := drive(ctx, conns, work{"secretsmanager.CreateSecret", func(to []byte, r *rand.Rand) []byte {
		i := int(next.Add(1)) - 1
		if i >= b.secrets {
			return nil
		}
		to = append(to, `{"Name":"`...)
		to = append(to, secretName(i)...)
		return appendValue(to, r)
	}}, seedLimit, b.server.PID)
	if err != nil {
		return err
	}
	if s.requests != b.secrets {
		return fmt.Errorf("only %d of %d secrets could be created in %v", s.requests, b.secrets, seedLimit)
	}
	b.out.seeded(s)
	return nil
}

// appendValue ends a body whose last string is still open with a token and a
// value of its own.
func appendValue(to []byte, r *rand.Rand) []byte {
	to = append(to, `","ClientRequestToken":"`...)
	to = appendToken(to, r)
	to = append(to, `","SecretString":"`...)
	to = appendRandom(to, r, valueSize)
	return append(to, `"}`...)
}

// appendToken writes a version 4 UUID.
func appendToken(to []byte, r *rand.Rand) []byte {
	var id [16]byte
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	for i, part := range [...][]byte{id[:4], id[4:6], id[6:8], id[8:10], id[10:]} {
		if i > 0 {
			to = append(to, '-')
		}
		to = hex.AppendEncode(to, part)
	}
	return to
}

func newToken() string {
	return string(appendToken(nil, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))))
}

// appendRandom writes n characters that compress badly.
func appendRandom(to []byte, r *rand.Rand, n int) []byte {
	var raw [valueSize * 3 / 4]byte
	for i := 0; i+8 <= len(raw); i += 8 {
		v := r.Uint64()
		for j := range 8 {
			raw[i+j] = byte(v >> (8 * j))
		}
	}
	return base64.RawStdEncoding.AppendEncode(to, raw[:n*3/4])
}
