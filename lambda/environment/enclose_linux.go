package environment

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const (
	enclosureFD = 3 // of the process that Enclose runs in
	listening   = "listening"
	maxReply    = 4 << 10
)

// Enclose is the process that a pool starts for a restricted function, by
// Config.Enclose: in the network namespace that it was started in, it listens where
// it is told to, hands the sockets to the server, gives all rights up and becomes
// the function's command. It returns only what went wrong, which the server has been
// told.
func Enclose() error {
	runtime.LockOSThread() // rights and filters are a thread's
	conn, err := enclosureSocket()
	if err != nil {
		return err
	}
	// What bubblewrap inherits must be set by the thread that becomes it.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return err
	}
	err = enclose(conn)
	conn.Write([]byte(err.Error()))
	return err
}

func enclosureSocket() (*net.UnixConn, error) {
	unix.CloseOnExec(enclosureFD)
	file := os.NewFile(enclosureFD, "enclosure")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("this command is for the server itself, which starts functions through it: %w", err)
	}
	socket, ok := conn.(*net.UnixConn)
	if !ok {
		return nil, fmt.Errorf("descriptor %d is no unix socket", enclosureFD)
	}
	return socket, nil
}

func enclose(conn *net.UnixConn) error {
	var what enclosing
	if err := json.NewDecoder(conn).Decode(&what); err != nil {
		return err
	}
	fds, err := listenAll(what.Listen)
	if err != nil {
		return err
	}
	if err := renounce(); err != nil {
		return err
	}
	// It fails if the server has ended meanwhile: then nobody would end us.
	if _, _, err := conn.WriteMsgUnix([]byte(listening), unix.UnixRights(fds...), nil); err != nil {
		return err
	}
	return fmt.Errorf("run %s: %w", what.Command[0], syscall.Exec(what.Command[0], what.Command, what.Env))
}

// listenAll brings loopback up, gives it the addresses and listens.
func listenAll(all []netip.AddrPort) (fds []int, err error) {
	lo, err := netlink.LinkByName("lo")
	if err == nil {
		err = netlink.LinkSetUp(lo)
	}
	if err != nil {
		return nil, fmt.Errorf("bring loopback up: %w", err)
	}
	given := map[netip.Addr]bool{}
	for _, at := range all {
		if ip := at.Addr(); !ip.IsLoopback() && !given[ip] {
			given[ip] = true
			if err := netlink.AddrAdd(lo, ownAddress(ip)); err != nil {
				return nil, fmt.Errorf("give loopback the address %s: %w", ip, err)
			}
		}
		fd, err := listen(at)
		if err != nil {
			return nil, fmt.Errorf("listen at %s: %w", at, err)
		}
		fds = append(fds, fd)
	}
	return fds, nil
}

// ownAddress is an address without a network round it, that is good at once.
func ownAddress(ip netip.Addr) *netlink.Addr {
	bits := ip.BitLen()
	return &netlink.Addr{IPNet: &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(bits, bits)}, Flags: unix.IFA_F_NODAD}
}

// listen is the kernel's, for net has no descriptors to give away.
func listen(at netip.AddrPort) (int, error) {
	family, address := unix.AF_INET, unix.Sockaddr(&unix.SockaddrInet4{Port: int(at.Port())})
	if at.Addr().Is4() {
		address.(*unix.SockaddrInet4).Addr = at.Addr().As4()
	} else {
		family, address = unix.AF_INET6, &unix.SockaddrInet6{Port: int(at.Port()), Addr: at.Addr().As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err == nil {
		err = unix.Bind(fd, address)
	}
	if err == nil {
		err = unix.Listen(fd, unix.SOMAXCONN)
	}
	return fd, err
}
