package environment

import (
	"context"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// Config is how a pool runs functions. Dir is needed; all else has defaults.
type Config struct {
	// Dir is the pool's alone, and emptied when it starts. As root, functions run
	// as other users, who must be able to reach it: each folder above it needs the
	// x bit for all.
	Dir string

	Now  func() time.Time // of what is idle and what has expired, and in logs; time.Now by default
	Log  *slog.Logger     // the server's own log
	Sink func(LogLine)    // keeps the functions' logs; called in order for each stream

	IdleAfter       time.Duration // after which an idle environment ends; 10 minutes by default
	MaxEnvironments int           // at the same time; 32 by default, and at most 1000
	MaxLog          int           // bytes of one invocation's log that are kept; 8 MiB by default

	// Restricted functions are started by this program, called with the arguments
	// Enclose, which must lead to the function Enclose; without, they are not run.
	// Reach is what they reach in any case, as HOST:PORT, and Dial is how they do; by
	// default a plain net.Dialer.
	Enclose []string
	Reach   []string
	Dial    func(ctx context.Context, network, address string) (net.Conn, error)

	InterpreterPaths  []string // folders to look in for python3 and node; those of PATH by default
	WithoutBubblewrap bool     // run functions without it even where it works
	FirstUID          int      // as root, functions run as 2000 users from this one on; by default any free ones from 70000 to 99999
}

const (
	defaultIdle         = 10 * time.Minute
	defaultEnvironments = 32
	defaultLog          = 8 << 20
	reapEvery           = time.Second
)

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Sink == nil {
		c.Sink = func(LogLine) {}
	}
	if c.IdleAfter == 0 {
		c.IdleAfter = defaultIdle
	}
	if c.MaxEnvironments == 0 {
		c.MaxEnvironments = defaultEnvironments
	}
	c.MaxEnvironments = min(c.MaxEnvironments, maxUsers)
	if c.MaxLog == 0 {
		c.MaxLog = defaultLog
	}
	if c.Dial == nil {
		c.Dial = (&net.Dialer{}).DialContext
	}
	if c.InterpreterPaths == nil {
		c.InterpreterPaths = strings.Split(os.Getenv("PATH"), string(os.PathListSeparator))
	}
	return c
}

// What Invoke answers when it may not start one more environment. Both are
// fault.Throttled.
var (
	ErrFunctionBusy = fault.New(fault.Throttled, "Rate Exceeded.") // the function's Concurrency is reached
	ErrPoolBusy     = fault.New(fault.Throttled, "Rate Exceeded.") // MaxEnvironments is reached, or what of it is not kept for foremost ones
)

var errClosed = fault.New(fault.Internal, "functions are no longer run: the server is ending")

// Pool runs functions, each invocation in an environment of its own, and keeps
// environments warm for the next. It is safe for concurrent use.
type Pool struct {
	config   Config
	host     host
	users    *users
	launcher *launcher
	end      context.CancelFunc // of the reaper
	reaper   sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	fleets   map[string]*fleet // by ARN; those of older revisions are known to their environments only
	busy     map[string]int    // invocations by unqualified ARN
	ordinary int               // invocations that are not foremost
	count    int               // environments that run, start or end
	gone     chan struct{}     // closed and replaced whenever count falls
}

// New starts a pool. It fails where Dir cannot be used, and where root cannot
// start processes as other users.
func New(config Config) (*Pool, error) {
	config = config.withDefaults()
	if err := prepare(config.Dir); err != nil {
		return nil, err
	}
	users, err := reserveUsers(config.FirstUID)
	if err != nil {
		return nil, err
	}
	keepDescriptors()
	ctx, end := context.WithCancel(context.Background())
	p := &Pool{
		config: config, users: users, launcher: newLauncher(), end: end,
		fleets: map[string]*fleet{}, busy: map[string]int{}, gone: make(chan struct{}),
	}
	if p.host, err = survey(ctx, config, p.launcher, users.someone()); err != nil {
		end()
		p.launcher.close()
		users.release()
		return nil, err
	}
	p.reaper.Go(func() { p.reapFrom(ctx) })
	return p, nil
}

// Invoke runs a function once. What the function does wrong is an Outcome; an
// error means that it was not run: ErrFunctionBusy, ErrPoolBusy,
// fault.InvalidRuntime where the host lacks its interpreter, fault.InvalidZip
// where its code cannot be unpacked, fault.InvalidParameter where its Network names
// no targets, fault.NotReady where the host cannot restrict it to them, or a failure
// of this host. When ctx ends the
// environment is ended with it, and the error is ctx's.
func (p *Pool) Invoke(ctx context.Context, f *Function, in Invocation) (Outcome, error) {
	if in.Trace == "" {
		in.Trace = newTrace(time.Now())
	}
	if err := p.admit(f, in); err != nil {
		return Outcome{}, err
	}
	defer p.dismiss(f, in)
	for {
		e, err := p.take(ctx, f)
		if err != nil {
			return Outcome{}, err
		}
		out, err := e.invoke(ctx, f, in)
		p.release(e)
		if err != errNotTaken {
			return out, err
		}
		// A warm environment ended before it took the event: another takes it.
	}
}

// admit counts an invocation against the function's own limit.
func (p *Pool) admit(f *Function, in Invocation) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	name, kept := unqualified(f), p.config.MaxEnvironments/4
	switch {
	case f.Concurrency > 0 && p.busy[name] >= f.Concurrency:
		return ErrFunctionBusy
	case !in.Foremost && p.ordinary >= p.config.MaxEnvironments-kept:
		return ErrPoolBusy
	}
	p.busy[name]++
	if !in.Foremost {
		p.ordinary++
	}
	return nil
}

func (p *Pool) dismiss(f *Function, in Invocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !in.Foremost {
		p.ordinary--
	}
	name := unqualified(f)
	if p.busy[name]--; p.busy[name] == 0 {
		delete(p.busy, name)
	}
}

func unqualified(f *Function) string { return strings.TrimSuffix(f.ARN, ":"+f.Version) }

// Retire ends the idle environments of a function's version, and those that work
// once they have answered.
func (p *Pool) Retire(arn string) {
	p.mu.Lock()
	idle := p.retire(p.fleets[arn])
	p.mu.Unlock()
	p.discard(idle...)
}

// Close refuses new invocations, lets those that run answer until ctx ends, and
// then ends every environment.
func (p *Pool) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	var idle []*environment
	for _, f := range p.fleets {
		idle = append(idle, p.retire(f)...)
	}
	p.mu.Unlock()
	p.end()
	p.reaper.Wait()
	p.discard(idle...)
	err := p.drain(ctx)
	p.launcher.close() // and the kernel ends what is left
	p.users.release()
	return err
}

// drain waits until no environment is left.
func (p *Pool) drain(ctx context.Context) error {
	for {
		p.mu.Lock()
		count, gone := p.count, p.gone
		p.mu.Unlock()
		if count == 0 {
			return nil
		}
		select {
		case <-gone:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
