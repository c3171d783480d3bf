package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/store"
)

// shipper brings audit events from the store, where they were committed with
// what they tell of, to the trail. After a crash an event may stand in the trail
// twice, under one eventID, and none is missing.
type shipper struct {
	store *store.Store
	trail *audit.Trail
	log   *slog.Logger
	wake  chan struct{}
}

func newShipper(st *store.Store, trail *audit.Trail, log *slog.Logger) *shipper {
	return &shipper{store: st, trail: trail, log: log, wake: make(chan struct{}, 1)}
}

func (s *shipper) notify() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

const (
	gather = 50 * time.Millisecond // events of this time share their commit
	sweep  = 5 * time.Second       // for what another server left, or a failure
)

// run ships until the context ends, and then once more.
func (s *shipper) run(ctx context.Context) {
	ticker := time.NewTicker(sweep)
	defer ticker.Stop()
	for ctx.Err() == nil {
		if err := s.ship(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("audit events wait in the store", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		case <-s.wake:
			nap(ctx, gather)
		}
	}
	if err := s.ship(context.WithoutCancel(ctx)); err != nil {
		s.log.Error("audit events stay in the store until the next start", "error", err)
	}
}

func nap(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (s *shipper) ship(ctx context.Context) error {
	const batch = 500
	for {
		n, err := s.store.Ship(ctx, batch, func(events [][]byte) error {
			if err := s.trail.Append(events...); err != nil {
				return err
			}
			return s.trail.Sync()
		})
		if err != nil || n < batch {
			return err
		}
	}
}
