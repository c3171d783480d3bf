package environment

import (
	"bufio"
	"encoding/hex"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// owns tells whether the other end of a connection on loopback is the process's,
// by what the kernel says of that end. Each environment of root's has a user of its
// own; otherwise the socket must be among the descriptors of its processes.
func (p *process) owns(conn net.Conn) bool {
	uid, inode, found := socketOf(conn.RemoteAddr(), conn.LocalAddr())
	if !found {
		return false
	}
	if p.user.uid != 0 {
		return uid == p.user.uid
	}
	want := "socket:[" + inode + "]"
	for _, pid := range family(p.pid()) {
		dir := "/proc/" + strconv.Itoa(pid) + "/fd"
		open, _ := os.ReadDir(dir)
		for _, fd := range open {
			if target, _ := os.Readlink(dir + "/" + fd.Name()); target == want {
				return true
			}
		}
	}
	return false
}

// socketOf looks the socket up that is bound to one address and connected to
// another.
func socketOf(local, remote net.Addr) (uid int, inode string, found bool) {
	from, to := kernelAddress(local), kernelAddress(remote)
	for _, table := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		f, err := os.Open(table)
		if err != nil {
			continue
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			// sl local remote state tx:rx tr:when retries uid timeout inode ...
			field := strings.Fields(lines.Text())
			if len(field) > 9 && strings.HasSuffix(field[1], from) && strings.HasSuffix(field[2], to) {
				uid, err := strconv.Atoi(field[7])
				return uid, field[9], err == nil
			}
		}
	}
	return 0, "", false
}

// kernelAddress writes an IPv4 address as the kernel does: little endian, and the
// end of the IPv6 address that it is mapped to.
func kernelAddress(a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	if err != nil || !at.Addr().Unmap().Is4() {
		return "none"
	}
	ip := at.Addr().Unmap().As4()
	turned := []byte{ip[3], ip[2], ip[1], ip[0], byte(at.Port() >> 8), byte(at.Port())}
	text := strings.ToUpper(hex.EncodeToString(turned))
	return text[:8] + ":" + text[8:]
}
