package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

func startJob(t *testing.T, st *store.Store, name string) *secret.Job {
	t.Helper()
	s := newSecret(name)
	put(t, st, s, "one")
	job := secret.NewJob(s, "token-"+name, secret.ByRequest, start)
	if err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.PutJob(job) }); err != nil {
		t.Fatal(err)
	}
	return job
}

func claim(t *testing.T, st *store.Store, lease string, until time.Time) (job *secret.Job) {
	t.Helper()
	err := st.Update(t.Context(), func(tx *store.Tx) (err error) {
		job, err = tx.ClaimJob(lease, until)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

func TestOneRotationAtATime(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		job := startJob(t, st, "s")
		second := *job
		err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.PutJob(&second) })
		if fault.KindOf(err) != fault.AlreadyExists {
			t.Errorf("a second rotation of one secret: %v", err)
		}
	})
}

// TestLease follows a rotation from a runner that went silent to the next: the
// first can write nothing any more.
func TestLease(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		now := start
		st := open(func() time.Time { return now })
		startJob(t, st, "s")
		first := claim(t, st, "first", now.Add(time.Minute))
		if first == nil || first.Lease != "first" {
			t.Fatalf("claimed %+v", first)
		}
		if again := claim(t, st, "second", now.Add(time.Minute)); again != nil {
			t.Fatalf("claimed twice: %+v", again)
		}
		now = now.Add(2 * time.Minute)
		second := claim(t, st, "second", now.Add(time.Minute))
		if second == nil || second.ID != first.ID {
			t.Fatalf("a lease that ran out was not free: %+v", second)
		}
		err := st.Update(t.Context(), func(tx *store.Tx) error {
			first.Step = secret.FinishSecret
			return tx.SaveJob(first, "first")
		})
		if !errors.Is(err, store.ErrLeaseLost) {
			t.Errorf("the first runner still writes: %v", err)
		}
		err = st.Update(t.Context(), func(tx *store.Tx) error { return tx.RenewLease(first.ID, "first", now.Add(time.Hour)) })
		if !errors.Is(err, store.ErrLeaseLost) {
			t.Errorf("the first runner still renews: %v", err)
		}
		err = st.Update(t.Context(), func(tx *store.Tx) error {
			second.End(secret.Succeeded, tx.Now())
			return tx.SaveJob(second, "second")
		})
		if err != nil {
			t.Error(err)
		}
		if left := claim(t, st, "third", now.Add(time.Hour)); left != nil {
			t.Errorf("an ended rotation was claimed: %+v", left)
		}
	})
}

// TestClaimsNeverMeet has many runners claim many rotations at once.
func TestClaimsNeverMeet(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		const jobs, runners = 40, 8
		for i := range jobs {
			startJob(t, st, fmt.Sprint("s", i))
		}
		var mu sync.Mutex
		owner := map[int64]string{}
		var all sync.WaitGroup
		for r := range runners {
			all.Go(func() {
				for i := 0; ; i++ {
					job := claim(t, st, fmt.Sprintf("%d-%d", r, i), start.Add(time.Hour))
					if job == nil {
						return
					}
					mu.Lock()
					if was := owner[job.ID]; was != "" {
						t.Errorf("%s and %s have rotation %d", was, job.Lease, job.ID)
					}
					owner[job.ID] = job.Lease
					mu.Unlock()
				}
			})
		}
		all.Wait()
		if len(owner) != jobs {
			t.Errorf("%d rotations claimed of %d", len(owner), jobs)
		}
	})
}

func TestNextDue(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		due := func() (at time.Time) {
			if err := st.View(t.Context(), func(tx *store.Tx) (err error) {
				at, err = tx.NextDue()
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return at
		}
		if at := due(); !at.IsZero() {
			t.Errorf("an empty store has work at %v", at)
		}
		s := newSecret("planned")
		s.Rotation.Due = start.Add(3 * time.Hour)
		put(t, st, s, "one")
		if at := due(); !at.Equal(s.Rotation.Due) {
			t.Errorf("due at %v, want %v", at, s.Rotation.Due)
		}
		startJob(t, st, "ready")
		if at := due(); !at.Equal(start) {
			t.Errorf("due at %v, want %v", at, start)
		}
		claim(t, st, "held", start.Add(time.Hour))
		if at := due(); !at.Equal(start.Add(time.Hour)) {
			t.Errorf("due at %v, want when the lease runs out", at)
		}
		startJob(t, st, "waits")
		if at := due(); !at.Equal(start) {
			t.Errorf("one leased and one ready: due at %v, want %v", at, start)
		}
	})
}

func TestOutboxKeepsOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		for i := range 5 {
			if err := st.Update(t.Context(), func(tx *store.Tx) error { return tx.Audit(fmt.Append(nil, i)) }); err != nil {
				t.Fatal(err)
			}
		}
		stay := errors.New("stay")
		take := func(end error) (got string) {
			_, err := st.Ship(t.Context(), 3, func(events [][]byte) error {
				for _, e := range events {
					got += string(e)
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
			return got
		}
		if got := take(stay) + take(nil) + take(nil) + take(nil); got != "01201234" {
			t.Errorf("took %q", got)
		}
	})
}

// TestShipsOnlyWhatIsCommitted: an event whose change is still on its way is not
// told of, also where updates share their commits.
func TestShipsOnlyWhatIsCommitted(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(func() time.Time) *store.Store) {
		st := open(fixed)
		inside, shipped := make(chan struct{}), make(chan struct{})
		ended := make(chan error, 1)
		go func() {
			ended <- st.Update(t.Context(), func(tx *store.Tx) error {
				err := tx.Audit([]byte("early"))
				close(inside)
				<-shipped
				return err
			})
		}()
		<-inside
		ship := func() (n int) {
			n, err := st.Ship(t.Context(), 10, func([][]byte) error { return nil })
			if err != nil {
				t.Error(err)
			}
			return n
		}
		if n := ship(); n != 0 {
			t.Errorf("shipped %d events of a change that was not committed", n)
		}
		close(shipped)
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n := ship(); n != 1 {
			t.Errorf("shipped %d events", n)
		}
	})
}
