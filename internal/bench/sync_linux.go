package main

import (
	"os"
	"syscall"
)

// dataSync makes the content of a file durable.
func dataSync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
