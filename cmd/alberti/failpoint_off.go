//go:build !failpoint

package main

import "github.com/alberti-dev/alberti/app"

// failpoint is where the tests' build of this program kills itself.
func failpoint() func(app.Point) { return nil }
