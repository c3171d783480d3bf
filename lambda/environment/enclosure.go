package environment

import "net/netip"

// enclosing is what a process is told that is to become a restricted function.
type enclosing struct {
	Listen  []netip.AddrPort // in its network
	Command []string         // that it then becomes
	Env     []string
}
