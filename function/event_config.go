package function

import (
	"strings"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// EventConfig is how events are run for a function, a version or an alias
// (lambda.md, 2.7). What is nil or empty is as it is without one.
type EventConfig struct {
	RetryAttempts *int64 `json:",omitempty"` // after the first
	AgeSeconds    *int64 `json:",omitempty"` // how long an event is kept
	OnSuccess     string `json:",omitempty"` // ARNs of destinations
	OnFailure     string `json:",omitempty"`
}

// How events are run that nothing was said of.
const (
	usualRetries = 2
	usualAge     = 6 * time.Hour
)

// Retries is how often an event is run again whose function failed.
func (c EventConfig) Retries() int64 {
	if c.RetryAttempts == nil {
		return usualRetries
	}
	return *c.RetryAttempts
}

// MaxAge is how long an event is kept.
func (c EventConfig) MaxAge() time.Duration {
	if c.AgeSeconds == nil {
		return usualAge
	}
	return time.Duration(*c.AgeSeconds) * time.Second
}

// destinations are the services that an event's outcome can be sent to.
var destinations = map[string]bool{"lambda": true, "sns": true, "sqs": true, "events": true, "s3": true}

// CheckDestinations refuses destinations in services that take no outcomes.
func (c EventConfig) CheckDestinations() error {
	for _, arn := range []string{c.OnSuccess, c.OnFailure} {
		if part := strings.SplitN(arn, ":", 4); arn != "" && (len(part) < 4 || !destinations[part[2]]) {
			return fault.New(fault.InvalidParameter, "The provided destination config DestinationConfig(onSuccess=%s, onFailure=%s) is invalid.",
				shownDestination("OnSuccess", c.OnSuccess), shownDestination("OnFailure", c.OnFailure))
		}
	}
	return nil
}

func shownDestination(name, arn string) string {
	if arn == "" {
		return "null"
	}
	return name + "(destination=" + arn + ")"
}
