//go:build unix

package store

import (
	"runtime"
	"syscall"
)

// newSlab gives memory that is not the heap's, for as long as its cache is there.
func newSlab(of *cache, size int) []byte {
	slab, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return make([]byte, size)
	}
	runtime.AddCleanup(of, func(slab []byte) { syscall.Munmap(slab) }, slab)
	return slab
}
