package environment

import (
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"

	"github.com/alberti-dev/alberti/fault"
)

// Users come in blocks, of which each pool of this host has one: a user with two
// owners would be no one's own. The blocks lie between those that systemd and
// distributions give out and those of containers.
const (
	maxUsers   = 1000 // of environments, and as many groups for code
	blockSize  = 2 * maxUsers
	firstBlock = 70000
	blocks     = 15
)

// users gives out user and group ids. Where the server is root, no two
// environments that run share one, so that the kernel parts them. Otherwise
// functions run as the server's own user.
type users struct {
	first int
	block io.Closer // holds it, for all of this host

	mu    sync.Mutex
	next  int
	taken map[int]bool
}

// reserveUsers takes a block: the one that begins with a user or, for 0, any.
func reserveUsers(first int) (*users, error) {
	if !isRoot() {
		return &users{}, nil
	}
	tries := 1
	if first == 0 {
		first, tries = firstBlock, blocks
	}
	for i := range tries {
		u := &users{first: first + i*blockSize, taken: map[int]bool{}}
		var err error
		if u.block, err = reserve("alberti-functions-" + strconv.Itoa(u.first)); err == nil {
			return u, nil
		}
	}
	return nil, fault.New(fault.Internal, "other servers on this host run functions as the users from %d on: choose others", first)
}

// release gives the block back.
func (u *users) release() {
	if u.block != nil {
		u.block.Close()
	}
}

// someone is the user that the host is looked at as.
func (u *users) someone() user { return user{u.first, u.first} }

// user is who a process runs as, or a group that may read code; 0 is the server's own.
type user struct{ uid, gid int }

func isRoot() bool { return os.Geteuid() == 0 }

// take gives an id that nobody has, and that nobody had lately.
func (u *users) take() (user, error) {
	if !isRoot() {
		return user{}, nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for range blockSize {
		id := u.first + u.next
		u.next = (u.next + 1) % blockSize
		if !u.taken[id] {
			u.taken[id] = true
			return user{id, id}, nil
		}
	}
	return user{}, fault.New(fault.Throttled, "Rate Exceeded.")
}

func (u *users) give(back user) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.taken, back.uid)
}

// credential is nil for the server's own user.
func (u user) credential() *syscall.Credential {
	if u.uid == 0 {
		return nil
	}
	return &syscall.Credential{Uid: uint32(u.uid), Gid: uint32(u.gid)}
}

// own gives a file to the user.
func (u user) own(name string) error {
	if u.uid == 0 {
		return nil
	}
	return os.Lchown(name, u.uid, u.gid)
}
