package main

import (
	"context"
	"os"
	"time"
)

// memory measures what the server holds, after all the load.
func (b *bench) memory(context.Context) error {
	now, most, err := memoryOf(b.server.PID)
	if err != nil {
		return err
	}
	b.out.memory(b.plan, now, most)
	return nil
}

// starting measures how long the server takes to start on a store that is full,
// and how large the program is.
func (b *bench) starting(ctx context.Context) error {
	var all []time.Duration
	var resident []float64
	for range b.starts {
		if err := b.server.Stop(); err != nil {
			return err
		}
		if err := b.start(ctx); err != nil {
			return err
		}
		now, _, err := memoryOf(b.server.PID)
		if err != nil {
			return err
		}
		all, resident = append(all, b.server.Ready), append(resident, now)
	}
	program, err := os.Stat(b.program)
	if err != nil {
		return err
	}
	b.out.starting(all, median(resident), program.Size())
	return nil
}
