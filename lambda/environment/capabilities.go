package environment

import (
	"context"
	"fmt"
	"runtime"
)

// Capability is one thing that isolates or runs functions, and whether it holds on
// this host.
type Capability struct {
	Name   string
	Holds  bool
	Detail string // what does it or, where it does not hold, what follows
}

// Names of capabilities.
const (
	OwnFiles     = "own file system"
	OwnProcesses = "own processes"
	OwnUser      = "own user"
	OwnMemory    = "memory limit"
	OwnAPI       = "own Runtime API"
	Restrictions = "network targets"
)

// Probe tells what functions would be isolated by, and run with, on this host. It fails
// where New would.
func Probe(ctx context.Context, c Config) ([]Capability, error) {
	c = c.withDefaults()
	u, err := reserveUsers(c.FirstUID)
	if err != nil {
		return nil, err
	}
	defer u.release()
	l := newLauncher()
	defer l.close()
	h, err := survey(ctx, c, l, u.someone())
	if err != nil {
		return nil, err
	}
	return h.capabilities(ctx), nil
}

// Capabilities is what Probe tells, of a pool.
func (p *Pool) Capabilities() []Capability { return p.host.capabilities(context.Background()) }

func (h *host) restrictions(ctx context.Context) Capability {
	if err := h.canRestrict(ctx); err != nil {
		return Capability{Restrictions, false, fmt.Sprintf("functions reach whatever this host reaches; those with the tag %s are not run: %v", NetworkTag, err)}
	}
	return Capability{Restrictions, true, fmt.Sprintf("functions with the tag %s reach the targets that it names, others whatever this host reaches", NetworkTag)}
}

func (h *host) capabilities(ctx context.Context) []Capability {
	linux := runtime.GOOS == "linux"
	wrapped := h.bubblewrap != ""
	choose := func(name string, holds bool, yes, no string) Capability {
		if holds {
			return Capability{name, true, yes}
		}
		return Capability{name, false, no}
	}
	all := []Capability{
		choose(OwnFiles, wrapped, "bubblewrap: functions see their code, read-only, the interpreter and a /tmp of their own",
			h.why+": functions can read whatever on this host their user can, and /tmp is the host's"),
		choose(OwnProcesses, wrapped, "bubblewrap: functions see their own processes only",
			"without bubblewrap, functions see the processes of others"),
		choose(OwnUser, isRoot(), "each environment runs as a user of its own, without rights",
			"the server is not root: functions run as its user"+map[bool]string{true: ", but in namespaces of their own", false: ", and can read what it can, its data as well"}[wrapped]),
		choose(OwnMemory, linux, fmt.Sprintf("resident memory is measured every %s; memory that no process maps is not counted", watchEvery),
			"only Linux tells how much memory a process has: it is not bounded"),
		choose(OwnAPI, linux, "the kernel says who asks for a function's events",
			"whoever finds the port can take the events of functions"),
		h.restrictions(ctx),
	}
	for _, r := range []string{"python3.x", "nodejs"} {
		i, err := h.interpreter(ctx, r)
		if err != nil {
			all = append(all, Capability{r, false, err.Error()})
		} else {
			all = append(all, Capability{r, true, i.version + ", " + i.path})
		}
	}
	return append(all, Capability{"provided.al2023", linux, "any Linux program named bootstrap"})
}
