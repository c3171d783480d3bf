package e2e_test

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// seedVariable repeats a run of TestKillAtRandom.
const seedVariable = "ALBERTI_E2E_SEED"

// TestKillAtRandom kills the server three times while twenty secrets rotate at
// once, wherever that hits them. Every rotation that was begun comes to its end,
// and every login works.
func TestKillAtRandom(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", seedVariable, seed)
	random := rand.New(rand.NewPCG(seed, 0))

	s := serve(t, "--rotation-workers", "8", "--rotation-retry", "200ms")
	const burst, kills = 20, 3
	var all []*rotating
	for i := range burst {
		all = append(all, s.newRotating(strategies[i%2]))
	}
	before := make(map[*rotating]login, burst)
	for _, r := range all {
		before[r] = r.First
	}
	for range kills {
		accepted := s.burst(all, time.Duration(random.Int64N(int64(600*time.Millisecond))))
		s.Start()
		for i, r := range all {
			if accepted[i] {
				r.Succeeds()
			}
		}
		before = s.settled(all, before)
		for _, r := range all {
			if r.happened() {
				r.Succeeds()
			} else if events := s.eventsOf(r.Token); len(events) > 0 {
				t.Errorf("%s: the audit trail tells of a rotation that did not happen: %+v", r.Name, events)
			}
		}
	}
}

// happened tells whether the store knows of the latest rotation that was asked for.
func (r *rotating) happened() bool {
	r.s.t.Helper()
	body := r.s.operator("DescribeRotation", `{"SecretId":"`+r.Name+`"}`)
	for _, h := range parse[struct{ History []history }](r.s.t, body).History {
		if h.VersionID == r.Token {
			return true
		}
	}
	return false
}

// burst has every secret rotate, kills the server after a while, and tells which
// of the calls it had acknowledged.
func (s *server) burst(all []*rotating, after time.Duration) []bool {
	s.t.Helper()
	accepted := make([]bool, len(all))
	process := s.process
	timer := time.AfterFunc(after, func() { process.Signal(os.Kill) })
	defer timer.Stop()
	var calls sync.WaitGroup
	for i, r := range all {
		calls.Go(func() { accepted[i] = r.request(once) == nil })
	}
	calls.Wait()
	<-process.Ended
	return accepted
}

// settled waits until nothing rotates, for a call whose answer was lost may have
// been done. Then every current login works, and so does the one before if users
// alternate.
func (s *server) settled(all []*rotating, before map[*rotating]login) map[*rotating]login {
	s.t.Helper()
	c := s.Client()
	now := make(map[*rotating]login, len(all))
	for _, r := range all {
		eventually(s.t, r.Name+" settles", func() (bool, any) {
			list := parse[struct{ Rotations []struct{ State string } }](s.t, s.operator("ListRotations", `{"MaxResults":100}`))
			for _, rotation := range list.Rotations {
				if rotation.State == "running" || rotation.State == "retrying" {
					return false, list
				}
			}
			return true, nil
		})
		now[r] = parse[login](s.t, value(s.t, c, r.Name))
		now[r].works(s.t)
		switch changed := now[r] != before[r]; {
		case changed && r.strategy.alternating:
			before[r].works(s.t)
		case changed:
			before[r].isRefused(s.t)
		}
	}
	return now
}

// operator calls one of Alberti's own operations.
func (s *server) operator(operation, body string) string {
	s.t.Helper()
	r := s.Post(s.Signer(), "alberti."+operation, body, time.Now(), nil)
	if r.status != 200 {
		s.t.Fatalf("%s: %d %s", operation, r.status, r.body)
	}
	return r.body
}
