//go:build !linux

package server

import "syscall"

// endWithParent does nothing where the kernel has no such thing: there a server
// outlives a parent that was killed.
func endWithParent(*syscall.SysProcAttr) {}
