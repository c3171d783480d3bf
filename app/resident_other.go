//go:build !linux

package app

// releaseProgram is left to the system.
func releaseProgram() {}
