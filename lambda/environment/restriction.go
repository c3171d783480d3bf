package environment

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// encloseLimit is how long a command may take to be enclosed.
const encloseLimit = 20 * time.Second

// restriction is whether this host can hold functions to network targets. It is
// tried out when that is first asked: most servers have no restricted function.
type restriction struct {
	enclose  []string
	launcher *launcher
	user     user

	mu    sync.Mutex
	works bool
}

// canRestrict says why functions cannot be restricted here, if so. Bubblewrap is
// needed, too: there are sockets in the file system.
func (h *host) canRestrict(ctx context.Context) error {
	r := h.restriction
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.works:
		return nil
	case h.bubblewrap == "":
		return errors.New("that takes bubblewrap, and " + h.why)
	case r.enclose == nil:
		return errors.New("this program does not know how to start such functions")
	}
	if err := r.try(ctx, nothing(h.bubblewrap)); err != nil {
		return fmt.Errorf("a network namespace cannot be set up for them: %w", err)
	}
	r.works = true
	return nil
}

// try has a command enclosed, with a port that is privileged elsewhere and an
// address that is nobody's.
func (r *restriction) try(ctx context.Context, command []string) error {
	enclosure, err := newEnclosure()
	if err != nil {
		return err
	}
	defer enclosure.close()
	cmd := enclosure.command(r.enclose, r.user)
	if err := r.launcher.start(cmd); err != nil {
		return err
	}
	inside, err := enclosure.open(enclosing{Command: command, Listen: []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:80")}})
	closeAll(inside)
	ctx, end := context.WithTimeout(ctx, encloseLimit)
	if err != nil {
		end()
	}
	defer end()
	defer context.AfterFunc(ctx, func() { cmd.Process.Kill() })()
	return errors.Join(err, cmd.Wait())
}
