// Package logs is CloudWatch Logs as far as functions need it: what they print is
// kept, and read as on AWS, where the log of a function is the group
// /aws/lambda/NAME with a stream for each environment that it ran in.
//
// Writer takes lines from the runtime and never makes it wait: what comes faster
// than can be kept is left out, and the log says so. Service answers the
// operations that read, a file each. Lines may hold anything, so they are sealed
// as values of secrets are, several together (seal.go).
package logs

import (
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// Retention is how long lines are kept.
const Retention = 14 * 24 * time.Hour

// Group names a log group: that of a function is /aws/lambda/NAME.
type Group struct{ Account, Region, Name string }

// ARN is what policies call a group; API answers add :* to it in places.
func (g Group) ARN() string {
	return "arn:aws:logs:" + g.Region + ":" + g.Account + ":log-group:" + g.Name
}

// StreamARN is what policies call a stream. That of the stream "" is what an
// operation on the group as a whole asks leave for.
func (g Group) StreamARN(stream string) string { return g.ARN() + ":log-stream:" + stream }

var (
	errNoGroup  = fault.New(fault.NotFound, "The specified log group does not exist.")
	errNoStream = fault.New(fault.NotFound, "The specified log stream does not exist.")
)
