package rotator

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// place is where a server listens.
type place struct {
	host string
	port int
}

// String is host and port.
func (p place) String() string { return net.JoinHostPort(p.host, strconv.Itoa(p.port)) }

// same compares places: host and port. Letters count in either case, ASCII's only,
// and an address in any of its forms. A final dot makes another name of a host: a
// resolver adds its own domains only to names without, so the two may be different
// machines.
func (p place) same(q place) bool { return sameName(p.host) == sameName(q.host) && p.port == q.port }

func sameName(host string) string {
	if address, err := netip.ParseAddr(host); err == nil {
		return address.Unmap().String()
	}
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, host)
}

// claimed is how a place is called where only one may be at work: there, two names
// for what may be one machine are one.
func (p place) claimed() string {
	return place{sameName(strings.TrimSuffix(p.host, ".")), p.port}.String()
}

func (c Credential) place() place { return place{c.Host, c.Port} }

// at is the same login at another place.
func (c Credential) at(p place) Credential {
	c.Host, c.Port = p.host, p.port
	return c
}

// nodes are the places that keep passwords each for itself, as the nodes of a
// Redis cluster do: the host, and what the value lists under nodes
// (rotation-functions.md, 16.8).
func (c Credential) nodes() ([]place, error) {
	more, err := c.places("nodes")
	return append([]place{c.place()}, more...), err
}

// readers are the places that hear of a password from the host, later: what the
// value lists under readers.
func (c Credential) readers() ([]place, error) { return c.places("readers") }

// told are all places that hear of a password of the credential: nodes and readers.
func (c Credential) told() ([]place, error) {
	nodes, err := c.nodes()
	if err != nil {
		return nil, err
	}
	readers, err := c.readers()
	return append(nodes, readers...), err
}

// places reads a list of HOST or HOST:PORT, an array or one text with commas. A
// place without a port has the credential's.
func (c Credential) places(key string) ([]place, error) {
	members, err := Members(c.value)
	if err != nil || len(members[key]) == 0 || string(members[key]) == "null" {
		return nil, nil
	}
	var list []string
	if json.Unmarshal(members[key], &list) != nil {
		list = strings.Split(TextOf(members, key), ",")
	}
	var places []place
	for _, item := range list {
		p, err := c.parsePlace(strings.TrimSpace(item))
		if err != nil {
			return nil, fmt.Errorf("the %s key of the secret JSON is not a list of HOST or HOST:PORT", key)
		}
		if p.same(c.place()) || slices.ContainsFunc(places, p.same) {
			continue
		}
		places = append(places, p)
	}
	return places, nil
}

func (c Credential) parsePlace(item string) (place, error) {
	host, port, err := net.SplitHostPort(item)
	if err != nil {
		host, port = strings.Trim(item, "[]"), strconv.Itoa(c.Port)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return place{}, fmt.Errorf("%q is no place", item)
	}
	return place{host, int(n)}, nil
}

// How long testSecret waits for a reader to hear of a new password.
const (
	readerPatience = 30 * time.Second
	readerPause    = 100 * time.Millisecond // doubles
)

// loginAtReader logs in to a reader. It may not have heard of the password yet,
// so a refusal is believed when it has lasted.
func (a accounts) loginAtReader(ctx context.Context, r *Run, c Credential) (Session, error) {
	ctx, cancel := context.WithTimeout(ctx, readerPatience)
	defer cancel()
	for pause := readerPause; ; pause *= 2 {
		session, err := a.login(ctx, r, c)
		if !refused(err) {
			return session, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the reader has not heard of the new password after %s: %w", readerPatience, err)
		case <-time.After(pause):
		}
	}
}
