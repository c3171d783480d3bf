package server

import "syscall"

// endWithParent has the kernel stop the server when we are gone, even by SIGKILL.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGTERM }
