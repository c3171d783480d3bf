package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// writes are rounds of PutSecretValue with so many connections.
type writes struct {
	conns  int
	rounds []sample
	syncs  []float64 // of the disk, a second, just before each round
}

// puts measures PutSecretValue beside the disk's own pace.
func (b *bench) puts(ctx context.Context) error {
	b.out.putsHead()
	for _, n := range []int{1, 8, 64} {
		w, err := b.put(ctx, n)
		if err != nil {
			return err
		}
		b.out.put(w)
	}
	return nil
}

func (b *bench) put(ctx context.Context, n int) (w writes, err error) {
	conns, err := dialAll(b.server.Endpoint, b.server.URL, n)
	if err != nil {
		return w, err
	}
	defer closeAll(conns)
	random := work{"secretsmanager.PutSecretValue", func(to []byte, r *rand.Rand) []byte {
		to = append(to, `{"SecretId":"`...)
		to = append(to, secretName(r.IntN(b.secrets))...)
		return appendValue(to, r)
	}}
	w.conns = n
	for range b.rounds {
		rate, err := syncRate(filepath.Join(b.dir, "data"), b.round/3)
		if err != nil {
			return w, err
		}
		s, err := drive(ctx, conns, random, b.round, b.server.PID)
		if err != nil {
			return w, err
		}
		w.rounds, w.syncs = append(w.rounds, s), append(w.syncs, rate)
	}
	return w, nil
}

// syncRate is how often a second this disk makes 4 KiB more of a file durable.
func syncRate(dir string, d time.Duration) (rate float64, err error) {
	f, err := os.CreateTemp(dir, "fsync-*")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	block := make([]byte, 4<<10)
	rand.NewChaCha8([32]byte{}).Read(block)
	n, began := 0, time.Now()
	for ; time.Since(began) < d; n++ {
		if _, err := f.Write(block); err != nil {
			return 0, err
		}
		if err := dataSync(f); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
