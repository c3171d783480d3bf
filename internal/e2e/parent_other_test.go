//go:build !linux

package e2e_test

import "syscall"

// endWithParent is left to the tests' cleanup.
func endWithParent(*syscall.SysProcAttr) {}
