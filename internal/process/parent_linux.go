package process

import "syscall"

// endWithParent has the kernel kill a process when its parent ends.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
