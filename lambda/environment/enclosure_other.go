//go:build !linux

package environment

import (
	"errors"
	"net"
	"os/exec"
)

var errNoEnclosure = errors.New("only Linux has network namespaces")

// Enclose fails: no server of this system starts it.
func Enclose() error { return errNoEnclosure }

// enclosure cannot be made.
type enclosure struct{}

func newEnclosure() (*enclosure, error) { return nil, errNoEnclosure }

func (*enclosure) close() {}

func (*enclosure) command([]string, user) *exec.Cmd { return nil }

func (*enclosure) open(enclosing) ([]net.Listener, error) { return nil, errNoEnclosure }
