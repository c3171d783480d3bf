package environment_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// TestReapMeanwhile looks after idle environments while these are taken, and end.
func TestReapMeanwhile(t *testing.T) {
	p := newPool(t, environment.Config{})
	quit := make(chan struct{})
	var reaper, callers sync.WaitGroup
	reaper.Go(func() {
		for {
			select {
			case <-quit:
				return
			default:
				p.Reap()
			}
		}
	})
	for range 6 { // the more are idle, the longer a look at them takes
		f := python(t, "if event: os._exit(1)")
		callers.Go(func() {
			for i := range 10 {
				if _, err := p.Invoke(t.Context(), f, invocation(f, strconv.Itoa(i%2))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	callers.Wait()
	close(quit)
	reaper.Wait()
}
