package environment

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// enclosure starts a command in a network namespace of its own, where there is
// nothing but loopback, and gets the sockets that listen there (Enclose).
//
// The process that sets the namespace up is this program again: unlike the server,
// it can be alone in a user namespace, and so have the right to. It is outside of
// bubblewrap, which it becomes once it has handed the sockets over.
type enclosure struct {
	ours   *net.UnixConn
	theirs *os.File
}

func newEnclosure() (*enclosure, error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "enclosure"), os.NewFile(uintptr(pair[1]), "enclosed")
	defer ours.Close()
	conn, err := net.FileConn(ours)
	if err != nil {
		theirs.Close()
		return nil, err
	}
	return &enclosure{conn.(*net.UnixConn), theirs}, nil
}

func (e *enclosure) close() {
	e.ours.Close()
	e.theirs.Close()
}

// command is this program's, that calls Enclose as a user.
func (e *enclosure) command(args []string, u user) *exec.Cmd {
	attr := attributes(u)
	attr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNET
	uid, gid := u.uid, u.gid
	if uid == 0 {
		uid, gid = os.Geteuid(), os.Getegid()
	}
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
	attr.GidMappingsEnableSetgroups = isRoot() // who must leave the groups of root
	attr.AmbientCaps = []uintptr{unix.CAP_NET_ADMIN, unix.CAP_NET_BIND_SERVICE}
	return &exec.Cmd{
		Path: "/proc/self/exe", Args: append([]string{os.Args[0]}, args...), Env: []string{}, Dir: "/",
		ExtraFiles: []*os.File{e.theirs}, SysProcAttr: attr,
	}
}

// open says what is to be enclosed, and gives the sockets that listen inside. The
// process must have been started.
func (e *enclosure) open(what enclosing) ([]net.Listener, error) {
	e.theirs.Close()                // so that its end is noticed
	text, err := json.Marshal(what) // to its last byte: what is left unread would look like a failure
	if err != nil {
		return nil, err
	}
	e.ours.SetDeadline(time.Now().Add(encloseLimit))
	if _, err := e.ours.Write(text); err != nil {
		return nil, fmt.Errorf("the program that makes a network namespace did not start: %w", err)
	}
	said, rights := make([]byte, maxReply), make([]byte, unix.CmsgSpace(4*(maxGates+1)))
	n, nr, _, _, err := e.ours.ReadMsgUnix(said, rights)
	switch {
	case err != nil || n == 0:
		return nil, errors.Join(errors.New("the program that makes a network namespace ended"), err)
	case string(said[:n]) != listening:
		return nil, errors.New(string(said[:n]))
	}
	all, err := listeners(rights[:nr])
	if err != nil {
		return nil, err
	}
	if err := e.become(); err != nil {
		closeAll(all)
		return nil, err
	}
	return all, nil
}

// become waits until the process is the command: then the kernel has closed its
// socket, and what it is in memory is no longer ours.
func (e *enclosure) become() error {
	said := make([]byte, maxReply)
	switch n, err := e.ours.Read(said); {
	case n > 0:
		return errors.New(string(said[:n]))
	case !errors.Is(err, io.EOF):
		return err
	}
	return nil
}

// listeners are the sockets that came with a message.
func listeners(rights []byte) (all []net.Listener, err error) {
	messages, err := unix.ParseSocketControlMessage(rights)
	if err != nil {
		return nil, err
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return nil, err
		}
		for _, fd := range fds {
			file := os.NewFile(uintptr(fd), "listener")
			l, fileErr := net.FileListener(file)
			file.Close()
			if err = errors.Join(err, fileErr); fileErr == nil {
				all = append(all, l)
			}
		}
		if err != nil {
			closeAll(all)
			return nil, err
		}
	}
	return all, nil
}
