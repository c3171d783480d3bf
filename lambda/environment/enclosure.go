package environment

import (
	"net"
	"net/netip"
)

// enclosing is what a process is told that is to become a restricted function.
type enclosing struct {
	Listen  []netip.AddrPort // in its network
	Command []string         // that it then becomes
	Env     []string
}

func closeAll(all []net.Listener) {
	for _, l := range all {
		l.Close()
	}
}
