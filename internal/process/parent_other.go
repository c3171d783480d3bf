//go:build !linux

package process

import "syscall"

// endWithParent is left to the tests' cleanup.
func endWithParent(*syscall.SysProcAttr) {}
