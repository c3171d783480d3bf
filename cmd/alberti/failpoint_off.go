//go:build !failpoint

package main

import "github.com/alberti-dev/alberti/rotation"

// failpoint is where the tests' build of this program kills itself.
func failpoint() func(rotation.Point) { return nil }
