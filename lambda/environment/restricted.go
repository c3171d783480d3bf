package environment

import (
	"context"
	"net"
	"os"
	"path/filepath"

	"github.com/alberti-dev/alberti/fault"
)

// restrict plans the network of a restricted function. None is run where it would
// reach more than it may.
func (e *environment) restrict(ctx context.Context, f *Function) (err error) {
	if f.Network == nil {
		return nil
	}
	if e.gates, err = newGates(*f.Network, e.pool.config.Reach); err != nil {
		return err
	}
	if err := e.pool.host.canRestrict(ctx); err != nil {
		return notRestricted(err)
	}
	return nil
}

func notRestricted(why error) error {
	return fault.New(fault.NotReady,
		"The function's tag %s restricts it to network targets, and this host cannot hold it to them: %v. It was not run", NetworkTag, why)
}

// writeNames writes the files that a restricted function looks names up in.
func (e *environment) writeNames() error {
	if e.gates == nil {
		return nil
	}
	dir := filepath.Join(e.dir, "etc")
	if err := mkdir(dir, 0o711); err != nil {
		return err
	}
	for name, text := range e.gates.files() {
		file := filepath.Join(dir, name)
		if err := writeForAll(file, []byte(text)); err != nil {
			return err
		}
		e.etc = append(e.etc, file)
	}
	return nil
}

// bootEnclosed starts the process in a network of its own. The kernel needs not be
// asked whose a connection to its Runtime API is: there is nobody else.
func (e *environment) bootEnclosed(p *process) error {
	enclosure, err := newEnclosure()
	if err != nil {
		return err
	}
	defer enclosure.close()
	c := e.pool.config
	if err := p.start(e.pool.launcher, enclosure.command(c.Enclose, e.user), e.journal); err != nil {
		return err
	}
	vars := e.varsWith(runtimeVariable + e.gates.runtime.String())
	inside, err := enclosure.open(enclosing{Listen: e.gates.addresses(), Command: e.command, Env: vars})
	if err != nil {
		p.close()
		return notRestricted(err)
	}
	e.process = p
	e.runtime = serveRuntimeAPI(inside[0], func(net.Conn) bool { return true }, c.Log)
	e.network = newNetwork(c, e.journal)
	for i, gate := range e.gates.targets {
		e.network.serve(inside[i+1], gate.to)
	}
	return nil
}

// writeForAll writes a file that every user may read, whatever the umask says.
func writeForAll(name string, text []byte) error {
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return err
	}
	return os.Chmod(name, 0o644)
}
