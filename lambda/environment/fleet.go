package environment

import (
	"context"
	"slices"
	"sync"
	"time"
)

// fleet is the environments of one build of a function.
type fleet struct {
	arn     string
	build   string
	retired bool           // its environments end once they are idle
	idle    []*environment // the one used last is the last
	all     int            // environments that hold its code

	code     sync.Mutex // held while the code is unpacked, before Pool.mu
	unpacked *code      // nil until an environment needs it
}

// take gives an environment for one invocation: a warm one, or room for a new one.
func (p *Pool) take(ctx context.Context, f *Function) (*environment, error) {
	e, unfit, err := p.claim(f)
	p.discard(unfit...)
	if err != nil || e.process != nil {
		return e, err
	}
	if err := e.prepare(ctx, f); err != nil {
		e.spent = true
		p.release(e)
		return nil, err
	}
	return e, nil
}

// claim finds a warm environment, or makes a blank one that counts already. What
// it gives beside is to be ended.
func (p *Pool) claim(f *Function) (e *environment, unfit []*environment, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, errClosed
	}
	own := p.fleets[f.ARN]
	if own == nil || own.build != f.build() {
		unfit = p.retire(own)
		own = &fleet{arn: f.ARN, build: f.build()}
		p.fleets[f.ARN] = own
	}
	for len(own.idle) > 0 {
		e = own.idle[len(own.idle)-1]
		own.idle = own.idle[:len(own.idle)-1]
		if e.usable(p.config.Now()) {
			return e, unfit, nil
		}
		unfit = append(unfit, e)
	}
	if p.count-len(unfit) >= p.config.MaxEnvironments {
		evicted := p.longestIdle()
		if evicted == nil {
			return nil, unfit, ErrPoolBusy
		}
		unfit = append(unfit, evicted)
	}
	p.count++
	own.all++
	return &environment{pool: p, fleet: own}, unfit, nil
}

// longestIdle takes the environment out that has not been used for longest.
func (p *Pool) longestIdle() *environment {
	var from *fleet
	for _, f := range p.fleets {
		if len(f.idle) > 0 && (from == nil || f.idle[0].idleSince.Before(from.idle[0].idleSince)) {
			from = f
		}
	}
	if from == nil {
		return nil
	}
	e := from.idle[0]
	from.idle = from.idle[1:]
	return e
}

// release takes an environment back after an invocation.
func (p *Pool) release(e *environment) {
	p.mu.Lock()
	now := p.config.Now()
	keep := !e.fleet.retired && !p.closed && e.usable(now)
	if keep {
		e.idleSince = now
		e.fleet.idle = append(e.fleet.idle, e)
	}
	p.mu.Unlock()
	if !keep {
		p.discard(e)
	}
}

// retire takes the idle environments of a fleet out, to be ended, and has the
// others end when they are released. The fleet may be nil.
func (p *Pool) retire(f *fleet) (idle []*environment) {
	if f == nil {
		return nil
	}
	f.retired = true
	idle, f.idle = f.idle, nil
	p.forget(f)
	return idle
}

func (p *Pool) forget(f *fleet) {
	if p.fleets[f.arn] == f {
		delete(p.fleets, f.arn)
	}
}

// discard ends environments that nobody else can find any more.
func (p *Pool) discard(all ...*environment) {
	for _, e := range all {
		e.close()
		e.fleet.code.Lock()
		p.mu.Lock()
		e.fleet.all--
		last := e.fleet.all == 0
		if last {
			p.forget(e.fleet)
		}
		p.count--
		close(p.gone)
		p.gone = make(chan struct{})
		p.mu.Unlock()
		if last && e.fleet.unpacked != nil {
			e.fleet.unpacked.remove(p)
			e.fleet.unpacked = nil
		}
		e.fleet.code.Unlock()
	}
}

// unpackedCode gives the fleet's code, unpacked once.
func (p *Pool) unpackedCode(ctx context.Context, fleet *fleet, f *Function) (*code, error) {
	fleet.code.Lock()
	defer fleet.code.Unlock()
	if fleet.unpacked == nil {
		c, err := p.unpack(ctx, f)
		if err != nil {
			return nil, err
		}
		fleet.unpacked = c
	}
	return fleet.unpacked, nil
}

// reapFrom ends what has been idle for too long, until ctx ends.
func (p *Pool) reapFrom(ctx context.Context) {
	tick := time.NewTicker(reapEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.reap()
		}
	}
}

// reap ends the environments that have been idle for IdleAfter or are no longer
// usable, among them those that grew over their memory without being asked to do
// anything.
func (p *Pool) reap() {
	for _, process := range p.idle() {
		process.measure()
	}
	var over []*environment
	p.mu.Lock()
	now := p.config.Now()
	for _, f := range p.fleets {
		f.idle = slices.DeleteFunc(f.idle, func(e *environment) bool {
			ends := !e.usable(now) || now.Sub(e.idleSince) >= p.config.IdleAfter
			if ends {
				over = append(over, e)
			}
			return ends
		})
	}
	p.mu.Unlock()
	p.discard(over...)
}

// idle lists the processes of the environments that are idle now. The environments
// themselves may be somebody's a moment later.
func (p *Pool) idle() (all []*process) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.fleets {
		for _, e := range f.idle {
			all = append(all, e.process)
		}
	}
	return all
}
