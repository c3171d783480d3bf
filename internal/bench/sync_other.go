//go:build !linux

package main

import "os"

// dataSync makes the content of a file durable.
func dataSync(f *os.File) error { return f.Sync() }
