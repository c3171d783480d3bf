package environment

import (
	"os"
	"sync"
	"syscall"

	"github.com/alberti-dev/alberti/fault"
)

// maxUsers is how many users there are for environments and the code of functions.
const maxUsers = 1000

// users gives out user and group ids. Where the server is root, no two
// environments that run share one, so that the kernel parts them. Otherwise
// functions run as the server's own user.
type users struct {
	first int

	mu    sync.Mutex
	next  int
	taken map[int]bool
}

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
	if u.taken == nil {
		u.taken = map[int]bool{}
	}
	for range 2 * maxUsers {
		id := u.first + u.next
		u.next = (u.next + 1) % (2 * maxUsers)
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
