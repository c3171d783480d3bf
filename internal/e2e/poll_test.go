package e2e_test

import (
	"testing"
	"time"
)

// patience is how long anything that is to happen by itself may take. It is far
// more than it should take, for slow machines, and less than a lease.
const patience = 20 * time.Second

// eventually asks again and again until the answer is yes; why says what is
// still missing.
func eventually(t testing.TB, what string, ask func() (ok bool, why any)) {
	t.Helper()
	within(t, patience, what, ask)
}

// within is eventually for what may take another time.
func within(t testing.TB, most time.Duration, what string, ask func() (ok bool, why any)) {
	t.Helper()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	limit := time.NewTimer(most)
	defer limit.Stop()
	for {
		ok, why := ask()
		if ok {
			return
		}
		select {
		case <-ticker.C:
		case <-limit.C:
			t.Fatalf("%s: not after %v: %v", what, most, why)
		}
	}
}
