package app

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestRemover: it looks when a date has come, at least every minute, and not
// again and again when it cannot do anything.
func TestRemover(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		nexts := []time.Duration{0, 90 * time.Second, 90 * time.Second, 90 * time.Second, -1, 0}
		var looked []time.Duration
		ctx, stop := context.WithCancel(t.Context())
		r := remover{now: time.Now, log: slog.New(slog.DiscardHandler), remove: func(context.Context) (next time.Time, err error) {
			looked = append(looked, time.Since(began))
			if len(looked) == len(nexts)+1 {
				stop()
				return next, nil
			}
			switch n := nexts[len(looked)-1]; n {
			case 0: // nothing is scheduled
			case -1:
				err = errors.New("no disk")
			default:
				next = began.Add(n)
			}
			return next, err
		}}
		r.run(ctx)
		want := []time.Duration{0, 60, 90, 91, 92, 152, 212}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(looked, want) {
			t.Errorf("looked at %v, want %v", looked, want)
		}
	})
}
