package rotation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// fleet makes secrets whose rotations a person asked for, and gives their keys
// and tokens.
func (s *stage) fleet(host string, n int) (keys []int64, tokens []string) {
	s.Helper()
	mine := s.key
	defer func() { s.key = mine }()
	for i := range n {
		s.key = s.add(fmt.Sprint(host, i), schedule.Rules{})
		token := fmt.Sprintf("%s-%d", host, i)
		s.request(token)
		keys, tokens = append(keys, s.key), append(tokens, token)
	}
	return keys, tokens
}

// hosts is a Function for secrets of two hosts, one of which hangs.
type hosts struct {
	*stage
	mu       sync.Mutex
	most     int // rotations at a time on the dead host
	now      int
	finished []string
}

func (h *hosts) Invoke(ctx context.Context, e rotation.Event) error {
	host, _, _ := strings.Cut(e.Token, "-")
	switch e.Step {
	case secret.SetSecret:
		if err := e.Guard.Claim(ctx, rotation.Target{Host: host, Account: e.Token}); err != nil || host != "dead" {
			return err
		}
		h.enter(1)
		defer h.enter(-1)
		<-ctx.Done()
		return ctx.Err()
	case secret.FinishSecret:
		h.mu.Lock()
		defer h.mu.Unlock()
		h.finished = append(h.finished, e.Token)
		return h.promoteIn(e)
	}
	return nil
}

func (h *hosts) enter(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now += n
	h.most = max(h.most, h.now)
}

// promoteIn is promote for whichever secret the event is about.
func (h *hosts) promoteIn(e rotation.Event) error {
	return h.store.Update(context.Background(), func(tx *store.Tx) error {
		name := strings.Replace(e.Token, "-", "", 1)
		sec, err := tx.Secret(secret.ID{Region: "eu-west-1", Account: "000000000000", Name: name})
		if err != nil {
			return err
		}
		if _, err := sec.Put(e.Token, []string{secret.Current}, "", tx.Now()); err != nil {
			return err
		}
		return tx.PutSecret(sec)
	})
}

// TestDeadHost: twelve rotations on a host that hangs hold up none on another,
// although there are workers for four only.
func TestDeadHost(t *testing.T) {
	onStage(t, schedule.Rules{}, func(s *stage) {
		h := &hosts{stage: s}
		dead, _ := s.fleet("dead", 12)
		_, living := s.fleet("alive", 8)
		config := s.runner().Config
		config.Function = func(string) (rotation.Function, bool) { return h, true }
		config.Workers, config.PerHost, config.Step = 4, 2, time.Hour
		ctx, stop := context.WithCancel(s.Context())
		var running sync.WaitGroup
		running.Go(func() { rotation.New(config).Run(ctx) })
		<-time.After(30 * time.Second)
		synctest.Wait()
		h.mu.Lock()
		finished, most := slices.Sorted(slices.Values(h.finished)), h.most
		h.mu.Unlock()
		if !slices.Equal(finished, slices.Sorted(slices.Values(living))) {
			t.Errorf("finished in half a minute: %v", finished)
		}
		if most != 2 {
			t.Errorf("%d at a time on the host that hangs", most)
		}
		for _, key := range dead {
			if err := s.store.View(s.Context(), func(tx *store.Tx) error {
				j, err := tx.RunningJob(key)
				if err == nil && (j == nil || j.Attempt != 1) {
					t.Errorf("to wait was counted: %+v", j)
				}
				return err
			}); err != nil {
				t.Error(err)
			}
		}
		stop()
		running.Wait()
	})
}
