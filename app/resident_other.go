//go:build !linux

package app

import "context"

// What is resident is left to the system.
func releaseStart()             {}
func keepSmall(context.Context) {}
