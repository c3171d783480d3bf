package pgtest

import "syscall"

// endWithParent has the kernel stop the process when we are gone, even by
// SIGKILL: SIGQUIT is PostgreSQL's immediate shutdown.
func endWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
