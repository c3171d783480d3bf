package environment

import (
	"context"
	"time"
)

// ending is how a wait for an environment ended.
type ending int

const (
	stepped   ending = iota // it said something
	exited                  // its process ended
	expired                 // its time was over
	cancelled               // nobody waits any more
)

// call is one invocation of an environment.
type call struct {
	e        *environment
	f        *Function
	in       Invocation
	began    time.Time
	timer    *time.Timer
	initTook time.Duration
	status   string // of the REPORT line, after a failure
}

// invoke initialises the environment if that is to be done, and has it take one
// event. errNotTaken means that it never saw the event.
func (e *environment) invoke(ctx context.Context, f *Function, in Invocation) (Outcome, error) {
	c := &call{e: e, f: f, in: in}
	if e.warm {
		e.journal.begin()
	}
	stop := e.watch()
	defer func() { stop() }()
	if !e.warm && e.process != nil {
		if err := c.initialise(ctx); err != nil {
			e.spent = true
			return Outcome{}, err
		}
	}
	c.began = time.Now() // the real time: the function counts what remains by the host's clock
	c.timer = time.NewTimer(f.Timeout)
	defer c.timer.Stop()
	e.catchUp()
	e.journal.platform("START RequestId: %s Version: %s", in.RequestID, f.Version)
	if e.missing == nil && e.process == nil {
		if err := e.boot(f); err != nil {
			e.spent = true
			return Outcome{}, err
		}
		stop()
		stop = e.watch()
	}
	out, err := c.run(ctx)
	if err != nil {
		e.spent = true
		return Outcome{}, err
	}
	e.warm = true
	return c.report(out), nil
}

// initialise waits for the first request for an event. An initialisation that
// fails leaves the environment without a process.
func (c *call) initialise(ctx context.Context) error {
	began := time.Now()
	timer := time.NewTimer(initLimit)
	defer timer.Stop()
	s, how := c.e.wait(ctx, timer.C)
	took := time.Since(began)
	status := "timeout"
	switch {
	case how == cancelled:
		return ctx.Err()
	case how == stepped && s.kind == stepReady:
		c.initTook = took
		return nil
	case how == stepped:
		status = "error\tError Type: " + s.errorType
	case how == exited:
		status = "error\tError Type: " + c.e.process.exitType()
	}
	c.e.halt()
	c.e.journal.platform("INIT_REPORT Init Duration: %s\tPhase: init\tStatus: %s", milliseconds(took), status)
	return nil
}

// run hands the event over and gives what came of it, without its measures.
func (c *call) run(ctx context.Context) (Outcome, error) {
	if c.e.missing != nil {
		return c.failed(invalidEntrypoint(c.in.RequestID, c.e.missing), "error\tError Type: Runtime.InvalidEntrypoint"), nil
	}
	if !c.e.warm && c.initTook == 0 {
		s, how := c.e.wait(ctx, c.timer.C)
		if how != stepped || s.kind != stepReady {
			return c.ended(ctx, s, how)
		}
	}
	e := newEvent(c.in, c.began.Add(c.f.Timeout))
	c.e.runtime.deliver(e)
	s, how := c.e.wait(ctx, c.timer.C)
	if how == exited && c.e.warm && !e.taken.Load() {
		return Outcome{}, errNotTaken
	}
	out, err := c.ended(ctx, s, how)
	if err == nil && how == stepped {
		c.settle(ctx)
	}
	return out, err
}

// settle waits until the process asks for its next event, so that an idle
// environment is one that waits. What it does instead costs it its life, not the
// caller the answer.
func (c *call) settle(ctx context.Context) {
	s, how := c.e.wait(ctx, c.timer.C)
	if how != stepped || s.kind != stepReady {
		c.e.spent = true
		c.e.halt()
	}
}

// ended is the outcome of an invocation that came to an end in some way. All but
// an answer costs the environment its life.
func (c *call) ended(ctx context.Context, s step, how ending) (Outcome, error) {
	if how == stepped && s.kind == stepAnswer {
		if s.errorType != "" {
			return c.failed(s.body, "error\tError Type: "+s.errorType), nil
		}
		return Outcome{Payload: s.body}, nil
	}
	c.e.spent = true
	process := c.e.process
	c.e.halt()
	switch how {
	case cancelled:
		return Outcome{}, ctx.Err()
	case expired:
		return c.failed(timedOut(c.in.RequestID, c.f.Timeout), "timeout"), nil
	case exited:
		text := process.exitText()
		c.e.journal.platform("RequestId: %s Error: %s\n%s", c.in.RequestID, text, process.exitType())
		return c.failed(crashed(c.in.RequestID, text), "error\tError Type: "+process.exitType()), nil
	}
	return c.failed(s.body, "error\tError Type: "+s.errorType), nil
}

// catchUp has the log hold all that the process wrote until now, before the platform
// says what came next.
func (e *environment) catchUp() {
	if e.process != nil {
		e.process.output.drain()
	}
}

func (c *call) failed(payload []byte, status string) Outcome {
	c.status = status
	return Outcome{Payload: payload, FunctionError: "Unhandled"}
}

// wait waits for what the process says next. What it said before it ended counts.
func (e *environment) wait(ctx context.Context, timer <-chan time.Time) (step, ending) {
	select {
	case s := <-e.runtime.steps:
		return s, stepped
	case <-e.process.ended:
	case <-timer:
		return step{}, expired
	case <-ctx.Done():
		return step{}, cancelled
	}
	select {
	case s := <-e.runtime.steps:
		return s, stepped
	default:
		return step{}, exited
	}
}

// report ends the invocation's log, and measures it.
func (c *call) report(out Outcome) Outcome {
	took := time.Since(c.began)
	if c.status == "timeout" {
		took = c.f.Timeout
	}
	e := c.e
	out.Duration, out.InitDuration, out.MaxMemoryMB = took, c.initTook, e.peakMB()
	e.catchUp()
	e.journal.platform("END RequestId: %s", c.in.RequestID)
	e.journal.platform("%s", reportLine(c.in.RequestID, c.f.MemoryMB, c.status, out))
	if c.status == "timeout" {
		// Until 2025 this line said it, and people still look for it.
		e.journal.platform("%s %s Task timed out after %.2f seconds\n", e.pool.config.Now().UTC().Format("2006-01-02T15:04:05.000Z"), c.in.RequestID, took.Seconds())
	}
	out.Log, out.Given = e.journal.lastOf(), e.given
	return out
}
