package environment

import (
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/alberti-dev/alberti/fault"
)

// NetworkTag is the tag of a function that says which network targets it may reach.
const NetworkTag = "alberti:network"

// target is a service by the name and the port that a function knows it by.
type target struct {
	host string // a name in lower case, or an IP address
	port uint16
}

func (t target) String() string { return net.JoinHostPort(t.host, strconv.Itoa(int(t.port))) }

// gate is where a restricted function finds a target: an address inside its
// network, at which the server listens.
type gate struct {
	at netip.AddrPort
	to target
}

// gates are all that a restricted function can reach.
type gates struct {
	runtime netip.AddrPort // of its Runtime API
	targets []gate
	hosts   map[string]netip.Addr
}

// maxGates bounds the listeners that are handed over in one message: the kernel
// takes 253 descriptors.
const maxGates = 100

var (
	localhost = netip.MustParseAddr("127.0.0.1")

	// firstGate is the address of the Runtime API. Hosts that are named get those that
	// follow, so that two can have the same port.
	firstGate = netip.MustParseAddr("127.0.1.1")
)

const runtimePort = 9001 // as on AWS

// newGates plans a restricted function's network: the targets that its text names,
// and those that every function may reach.
func newGates(text string, always []string) (*gates, error) {
	named := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	var all []target
	for _, name := range slices.Concat(always, named) {
		t, err := parseTarget(name)
		if err != nil {
			return nil, fault.New(fault.InvalidParameter,
				"The tag %s names %q, which %v. It names targets as HOST:PORT, separated by blanks", NetworkTag, name, err)
		}
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	if len(all) > maxGates {
		return nil, fault.New(fault.InvalidParameter, "The tag %s names more than %d targets", NetworkTag, maxGates)
	}
	return lay(all), nil
}

var hostname = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$`)

// parseTarget is strict with names: they are written to a hosts file.
func parseTarget(text string) (target, error) {
	host, digits, err := net.SplitHostPort(text)
	if err != nil {
		return target{}, fmt.Errorf("is not HOST:PORT")
	}
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || port == 0 {
		return target{}, fmt.Errorf("has no port from 1 to 65535")
	}
	host = strings.ToLower(host)
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		if ip.Zone() != "" || ip.IsUnspecified() || ip.IsMulticast() || ip == firstGate {
			return target{}, fmt.Errorf("is not the address of one host")
		}
		return target{ip.String(), uint16(port)}, nil
	}
	if !hostname.MatchString(host) {
		return target{}, fmt.Errorf("has no valid name of a host")
	}
	return target{host, uint16(port)}, nil
}

// lay gives each target an address: an IP address is its own, each name has one of
// loopback to itself.
func lay(all []target) *gates {
	g := &gates{runtime: netip.AddrPortFrom(firstGate, runtimePort), hosts: map[string]netip.Addr{"localhost": localhost}}
	taken := map[netip.Addr]bool{firstGate: true}
	for _, t := range all {
		if ip, err := netip.ParseAddr(t.host); err == nil {
			taken[ip] = true
		}
	}
	next := firstGate
	for _, t := range all {
		at, err := netip.ParseAddr(t.host)
		if known, ok := g.hosts[t.host]; err != nil && ok {
			at = known
		} else if err != nil {
			for taken[next] {
				next = next.Next()
			}
			at, taken[next], g.hosts[t.host] = next, true, next
		}
		g.add(netip.AddrPortFrom(at, t.port), t)
	}
	return g
}

// add adds a gate, unless there is one already: localhost is also 127.0.0.1.
func (g *gates) add(at netip.AddrPort, to target) {
	if !slices.ContainsFunc(g.targets, func(other gate) bool { return other.at == at }) {
		g.targets = append(g.targets, gate{at, to})
	}
}

// addresses are those to listen at: the Runtime API's, then the targets'.
func (g *gates) addresses() []netip.AddrPort {
	all := []netip.AddrPort{g.runtime}
	for _, gate := range g.targets {
		all = append(all, gate.at)
	}
	return all
}

// files are those of /etc by which programs look names up. There is no name server:
// the default one, on loopback, refuses at once.
func (g *gates) files() map[string]string {
	var hosts strings.Builder
	for name, at := range g.hosts {
		fmt.Fprintf(&hosts, "%s\t%s\n", at, name)
	}
	return map[string]string{
		"hosts":         hosts.String(),
		"resolv.conf":   "options attempts:1\n",
		"nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
	}
}
