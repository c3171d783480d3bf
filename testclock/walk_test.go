package testclock_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alberti-dev/alberti/testclock"
)

// field is a clock with workers, inside a synctest bubble: its real time passes
// only where somebody waits for it.
type field struct {
	*testing.T
	clock *testclock.Clock
	kept  []time.Duration
	log   []string // what was done, and how long after the beginning
	began time.Time
}

func inField(t *testing.T, test func(f *field)) {
	synctest.Test(t, func(t *testing.T) {
		test(&field{T: t, clock: testclock.New(time.Now), began: time.Now()})
	})
}

func (f *field) mover(workers ...testclock.Worker) *testclock.Mover {
	return testclock.NewMover(f.clock, func(_ context.Context, ahead time.Duration) error {
		f.kept = append(f.kept, ahead)
		return nil
	}, workers...)
}

func (f *field) did(what string) {
	f.log = append(f.log, fmt.Sprint(what, "+", f.clock.Now().Sub(f.began).Round(time.Minute)))
}

// diary is a worker with appointments, each of which takes a second of real time.
type diary struct {
	*field
	name  string
	dates []time.Time
	then  func() // after each
}

func (f *field) diary(name string, after ...time.Duration) *diary {
	d := &diary{field: f, name: name}
	for _, a := range after {
		d.dates = append(d.dates, f.began.Add(a))
	}
	return d
}

func (d *diary) settle(ctx context.Context) (time.Time, error) {
	for {
		if err := ctx.Err(); err != nil || len(d.dates) == 0 {
			return time.Time{}, err
		}
		slices.SortFunc(d.dates, time.Time.Compare)
		if d.dates[0].After(d.clock.Now()) {
			return d.dates[0], nil
		}
		d.dates = d.dates[1:]
		d.did(d.name)
		<-time.After(time.Second)
		if d.then != nil {
			d.then()
		}
	}
}

func (f *field) wants(want string) {
	f.Helper()
	if got := strings.Join(f.log, " "); got != want {
		f.Errorf("done: %s\nwant: %s", got, want)
	}
}

// TestAdvance visits every moment in order, with what lies beyond left undone.
func TestAdvance(t *testing.T) {
	inField(t, func(f *field) {
		a := f.diary("a", time.Hour, 3*time.Hour, 48*time.Hour)
		b := f.diary("b", 2*time.Hour, 3*time.Hour, 25*time.Hour)
		if err := f.mover(a.settle, b.settle).Advance(f.Context(), 24*time.Hour); err != nil {
			f.Fatal(err)
		}
		f.wants("a+1h0m0s b+2h0m0s a+3h0m0s b+3h0m0s")
		if now := f.clock.Now().Sub(f.began); now < 24*time.Hour || now > 24*time.Hour+time.Minute {
			f.Errorf("the clock has come to %v", now)
		}
		if took := time.Since(f.began); took != 4*time.Second {
			f.Errorf("it took %v of real time", took)
		}
		if !slices.IsSorted(f.kept) || len(f.kept) != 4 || f.kept[3] != f.clock.Ahead() {
			f.Errorf("kept %v, the clock is %v ahead", f.kept, f.clock.Ahead())
		}
	})
}

// TestAdvanceToTheEnd: what is due in the last moment is done, and what it makes
// due in turn.
func TestAdvanceToTheEnd(t *testing.T) {
	inField(t, func(f *field) {
		var b *diary
		a := f.diary("a", time.Hour)
		a.then = func() { b.dates = append(b.dates, f.clock.Now()) }
		b = f.diary("b")
		// b is asked before a, and so must be asked again.
		if err := f.mover(b.settle, a.settle).Advance(f.Context(), time.Hour); err != nil {
			f.Fatal(err)
		}
		f.wants("a+1h0m0s b+1h0m0s")
	})
}

// TestSet jumps: what was due on the way is done late, once.
func TestSet(t *testing.T) {
	inField(t, func(f *field) {
		a := f.diary("a", time.Hour, 2*time.Hour, 40*time.Hour)
		m := f.mover(a.settle)
		if err := m.Set(f.Context(), f.began.Add(30*time.Hour)); err != nil {
			f.Fatal(err)
		}
		f.wants("a+30h0m0s a+30h0m0s")
		var refused testclock.RefusedError
		if err := m.Set(f.Context(), f.began); !errors.As(err, &refused) || !strings.Contains(err.Error(), "only goes forward") {
			f.Errorf("set back: %v", err)
		}
		if err := m.Set(f.Context(), f.began.AddDate(200, 0, 0)); !errors.As(err, &refused) {
			f.Errorf("set by 200 years: %v", err)
		}
		if err := m.Advance(f.Context(), 99*365*24*time.Hour); err != nil {
			f.Error(err)
		}
		if err := m.Advance(f.Context(), 2*365*24*time.Hour); !errors.As(err, &refused) {
			f.Errorf("advanced beyond the end: %v", err)
		}
	})
}

// TestHold: the clock runs on and is not moved while somebody holds it.
func TestHold(t *testing.T) {
	inField(t, func(f *field) {
		release := f.clock.Hold()
		moved := make(chan error)
		m := f.mover()
		go func() { moved <- m.Advance(f.Context(), 24*time.Hour) }()
		<-time.After(time.Minute)
		select {
		case <-moved:
			f.Fatal("the clock was moved")
		default:
		}
		if now := f.clock.Now().Sub(f.began); now != time.Minute {
			f.Errorf("after a minute the clock has gone on by %v", now)
		}
		release()
		if err := <-moved; err != nil || f.clock.Now().Sub(f.began) != 24*time.Hour {
			f.Errorf("the clock has gone on by %v: %v", f.clock.Now().Sub(f.began), err)
		}
	})
}

// TestGoneAway ends a walk where it is when nobody waits for it any more, also
// while it waits for another.
func TestGoneAway(t *testing.T) {
	inField(t, func(f *field) {
		ctx, cancel := context.WithCancel(f.Context())
		a := f.diary("a", time.Hour, 2*time.Hour, 3*time.Hour)
		a.then = func() {
			if len(a.dates) == 1 {
				cancel()
			}
		}
		m := f.mover(a.settle)
		if err := m.Advance(ctx, 24*time.Hour); !errors.Is(err, context.Canceled) {
			f.Error(err)
		}
		f.wants("a+1h0m0s a+2h0m0s")
		if now := f.clock.Now().Sub(f.began); now > 3*time.Hour {
			f.Errorf("the clock has come to %v", now)
		}
		release := f.clock.Hold()
		first := make(chan error)
		go func() { first <- m.Advance(f.Context(), 30*time.Minute) }()
		synctest.Wait()
		if err := m.Advance(ctx, time.Hour); !errors.Is(err, context.Canceled) {
			f.Error(err)
		}
		release()
		if err := <-first; err != nil {
			f.Error(err)
		}
	})
}

// TestTrouble: the walk ends when a worker cannot work, when it lets something
// lie, and when the store cannot keep where the clock is.
func TestTrouble(t *testing.T) {
	inField(t, func(f *field) {
		broken := errors.New("no disk")
		m := f.mover(func(context.Context) (time.Time, error) { return time.Time{}, broken })
		if err := m.Advance(f.Context(), time.Hour); !errors.Is(err, broken) || f.clock.Ahead() != 0 {
			f.Errorf("%v, %v ahead", err, f.clock.Ahead())
		}
		due := f.began.Add(time.Minute)
		m = f.mover(func(context.Context) (time.Time, error) { return due, nil })
		if err := m.Advance(f.Context(), time.Hour); err == nil || !strings.Contains(err.Error(), "has not been done") {
			f.Errorf("a worker that does not work: %v", err)
		}
		before := f.clock.Ahead()
		m = testclock.NewMover(f.clock, func(context.Context, time.Duration) error { return broken })
		if err := m.Set(f.Context(), f.clock.Now().Add(time.Hour)); !errors.Is(err, broken) || f.clock.Ahead() != before {
			f.Errorf("%v, %v ahead", err, f.clock.Ahead())
		}
	})
}

func TestParseSpan(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"1s": time.Second, "90m": 90 * time.Minute, "12h": 12 * time.Hour, "30d": 30 * day, "2w": 14 * day,
		"1d12h": 36 * time.Hour, "1w1d1h1m1s": 8*day + time.Hour + time.Minute + time.Second, "36500d": 36500 * day,
	} {
		if got, err := testclock.ParseSpan(text); got != want || err != nil {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "0s", "0d0h", "30", "d", "-1d", "+1d", "1.5h", "1 d", "1D", "1y", "1d ", "d1", "36501d", "5300w", "36500d1s", "999999999w",
		"9999999999s", "99999999999999999999d", "1d12", "ten days",
	} {
		var refused testclock.RefusedError
		if got, err := testclock.ParseSpan(text); !errors.As(err, &refused) {
			t.Errorf("%q is %v, %v", text, got, err)
		}
	}
}
