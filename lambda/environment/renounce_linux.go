package environment

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// renounce gives up the rights over the network namespace, and the kinds of sockets
// that go round it. It is the calling thread's.
func renounce() error {
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("give up rights: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up rights for good: %w", err)
	}
	rules, err := socketFilter()
	if err != nil {
		return err
	}
	program := unix.SockFprog{Len: uint16(len(rules)), Filter: &rules[0]}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return fmt.Errorf("filter sockets: %w", err)
	}
	return nil
}

// What a filter of system calls is told, as offsets into struct seccomp_data, and
// what it answers.
const (
	callNumber   = 0
	callArch     = 4
	callArgument = 16 // the low half of the first: these machines are little endian

	allow       = unix.SECCOMP_RET_ALLOW
	noSuchCall  = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	noSuchSocks = unix.SECCOMP_RET_ERRNO | uint32(unix.EAFNOSUPPORT)

	x32 = 0x40000000 // marks calls of amd64's other ABI
)

// socketFilter allows sockets only of the families that a network namespace holds
// together: others, such as vsock, reach the host or its virtual machines from any.
// Sockets can be made otherwise than by socket: through io_uring, and the calls of
// other architectures, so there are none of these.
func socketFilter() ([]unix.SockFilter, error) {
	arch, ok := map[string]uint32{"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64}[runtime.GOARCH]
	if !ok {
		return nil, fmt.Errorf("sockets cannot be filtered on %s", runtime.GOARCH)
	}
	families := []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK}
	rules := []bpf.Instruction{
		bpf.LoadAbsolute{Off: callArch, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: arch, SkipTrue: 1},
		bpf.RetConstant{Val: noSuchCall},
		bpf.LoadAbsolute{Off: callNumber, Size: 4},
		bpf.JumpIf{Cond: bpf.JumpGreaterOrEqual, Val: x32, SkipTrue: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: unix.SYS_IO_URING_SETUP, SkipTrue: 1},
		bpf.RetConstant{Val: noSuchCall},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: unix.SYS_SOCKET, SkipTrue: 1},
		bpf.RetConstant{Val: allow},
		bpf.LoadAbsolute{Off: callArgument, Size: 4},
	}
	for _, family := range families {
		rules = append(rules,
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: family, SkipTrue: 1},
			bpf.RetConstant{Val: allow})
	}
	raw, err := bpf.Assemble(append(rules, bpf.RetConstant{Val: noSuchSocks}))
	if err != nil {
		return nil, err
	}
	filter := make([]unix.SockFilter, len(raw))
	for i, r := range raw {
		filter[i] = unix.SockFilter{Code: r.Op, Jt: r.Jt, Jf: r.Jf, K: r.K}
	}
	return filter, nil
}
