package environment

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// initLimit is how long initialisation may take before the first event. What does
// not make it, or fails, is tried once more under the function's Timeout
// (lambda.md, 3.2).
const initLimit = 10 * time.Second

// errNotTaken is of an environment that ended before it took the event.
var errNotTaken = errors.New("the environment ended before it took the event")

// environment is what one function process lives in, and is asked through. It
// belongs to whoever took it from the pool; its methods are not for concurrent use.
type environment struct {
	pool  *Pool
	fleet *fleet

	user    user
	dir     string   // its own, with tmp in it
	etc     []string // files of its own in /etc, by their paths outside
	layout  layout
	code    *code
	command []string
	given   map[string]string
	vars    []string
	journal *journal
	expires time.Time

	gates     *gates   // all that it can reach, nil for whatever the host does
	network   *network // of the process, if there are gates
	process   *process // nil until it is started, and after a failed initialisation
	runtime   *runtimeAPI
	warm      bool     // it has been asked before
	missing   []string // where an entry point was looked for, and is none
	spent     bool     // it must not be used again
	peak      int64    // bytes resident, of processes that ended
	idleSince time.Time
}

// prepare makes all that an environment needs, and starts its process.
func (e *environment) prepare(ctx context.Context, f *Function) (err error) {
	interpreter, err := e.pool.host.interpreter(ctx, f.Runtime)
	if err != nil {
		return err
	}
	if err = e.restrict(ctx, f); err != nil {
		return err
	}
	if e.code, err = e.pool.unpackedCode(ctx, e.fleet, f); err != nil {
		return err
	}
	if e.user, err = e.pool.users.take(); err != nil {
		return err
	}
	e.user.gid = e.code.group.gid
	e.dir = filepath.Join(e.pool.config.Dir, "environments", newID())
	if err = makeHome(e.dir, e.user); err != nil {
		return err
	}
	e.layout = e.pool.host.layoutOf(e.pool.config.Dir, e.dir, e.code)
	if err = e.writeNames(); err != nil {
		return err
	}
	e.journal = newJournal(e.pool.config, f)
	given, expires, err := f.Env(ctx)
	if err != nil {
		return err
	}
	e.expires, e.given = expires, given
	e.vars = variables(f, given, e.layout, e.journal.stream)
	if e.command, e.missing = command(f, interpreter, e.layout, e.code, given); e.missing != nil {
		e.spent = true
		return nil
	}
	var held []string
	if e.pool.host.bubblewrap != "" {
		e.vars, held = holdBack(e.vars)
	}
	e.command = e.pool.host.confine(confinement{
		command: e.command, layout: e.layout, pool: e.pool.config.Dir, code: e.code,
		interpreter: interpreter, function: f, ownUser: e.user.uid != 0, etc: e.etc, held: held,
	})
	e.journal.platform("INIT_START Runtime Version: %s", interpreter.label(f.Runtime))
	return e.boot(f)
}

// boot starts the process, with a Runtime API of its own.
func (e *environment) boot(f *Function) error {
	p := newProcess(e.user, int64(f.MemoryMB)<<20, e.pool.host.bubblewrap != "")
	if e.gates != nil {
		return e.bootEnclosed(p)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	e.runtime = serveRuntimeAPI(listener, p.owns, e.pool.config.Log)
	p.mark = runtimeVariable + listener.Addr().String()
	if err := p.start(e.pool.launcher, p.command(e.command, e.varsWith(p.mark), e.dirToStartIn()), e.journal); err != nil {
		e.runtime.close()
		return err
	}
	e.process = p
	return nil
}

// runtimeVariable tells a process where its Runtime API is.
const runtimeVariable = "AWS_LAMBDA_RUNTIME_API="

func (e *environment) varsWith(one string) []string { return append(slices.Clip(e.vars), one) }

// dirToStartIn is the code's, unless bubblewrap changes there itself.
func (e *environment) dirToStartIn() string {
	if e.pool.host.bubblewrap != "" {
		return "/"
	}
	return e.layout.task
}

// usable tells whether an idle environment can take an event.
func (e *environment) usable(now time.Time) bool {
	return !e.spent && e.process != nil && !e.process.hasEnded() && (e.expires.IsZero() || now.Before(e.expires))
}

// halt ends the process and its Runtime API; boot may start another.
func (e *environment) halt() {
	if e.process == nil {
		return
	}
	e.process.close()
	e.runtime.close()
	if e.network != nil {
		e.network.close()
		e.network = nil
	}
	e.peak = max(e.peak, e.process.peak.Load())
	e.process = nil
}

// close ends the environment, and removes what was its own.
func (e *environment) close() {
	e.halt()
	if e.dir != "" {
		if err := os.RemoveAll(e.dir); err != nil {
			e.pool.config.Log.Error("remove the folder of a function's environment", "err", err)
		}
	}
	if e.pool.host.bubblewrap == "" {
		e.user.clean()
	}
	e.pool.users.give(e.user)
}
