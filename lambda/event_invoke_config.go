package lambda

import (
	"strings"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/store"
)

// EventInvokeConfigInput says how events are to be run for a function, a version
// or an alias: how often, and for how long.
//
// Destinations are kept and told, and nothing is sent there: there are no queues
// or topics here.
type EventInvokeConfigInput struct {
	FunctionName             *string            `json:"FunctionName"`
	Qualifier                *string            `json:"Qualifier"`
	MaximumRetryAttempts     *int64             `json:"MaximumRetryAttempts"`
	MaximumEventAgeInSeconds *int64             `json:"MaximumEventAgeInSeconds"`
	DestinationConfig        *DestinationConfig `json:"DestinationConfig"`
}

// DestinationConfig is where the outcomes of events go.
type DestinationConfig struct {
	OnSuccess *Destination `json:"OnSuccess"`
	OnFailure *Destination `json:"OnFailure"`
}

// Destination is one place, by its ARN.
type Destination struct {
	Destination *string `json:"Destination,omitzero"`
}

func (d *Destination) arn() string {
	if d == nil {
		return ""
	}
	return text(d.Destination)
}

// FunctionEventInvokeConfig is how events are run.
type FunctionEventInvokeConfig struct {
	LastModified             awsjson.Time       `json:"LastModified"`
	FunctionArn              string             `json:"FunctionArn"`
	MaximumRetryAttempts     *int64             `json:"MaximumRetryAttempts,omitzero"`
	MaximumEventAgeInSeconds *int64             `json:"MaximumEventAgeInSeconds,omitzero"`
	DestinationConfig        *DestinationConfig `json:"DestinationConfig"`
}

type eventSetting = store.Setting[function.EventConfig]

func shownEventConfig(f *function.Function, s eventSetting) *FunctionEventInvokeConfig {
	return &FunctionEventInvokeConfig{
		LastModified: awsjson.Time(s.Modified), FunctionArn: f.Ref().Or(s.Qualifier).QualifiedARN(),
		MaximumRetryAttempts: s.Value.RetryAttempts, MaximumEventAgeInSeconds: s.Value.AgeSeconds,
		DestinationConfig: &DestinationConfig{&Destination{optional(s.Value.OnSuccess)}, &Destination{optional(s.Value.OnFailure)}},
	}
}

var (
	errNoEventSettings = fault.New(fault.InvalidParameter, "You must specify at least one of error handling or destination setting.")
	errNoFunction      = fault.New(fault.NotFound, "The function doesn't exist.")
)

func errNoEventConfig(ref function.Ref) error {
	return fault.New(fault.NotFound, "The function %s doesn't have an EventInvokeConfig", ref.Or(function.Latest).QualifiedARN())
}

func (*EventInvokeConfigInput) missing(function.Ref) error { return errNoFunction }

// putFunctionEventInvokeConfig replaces what was said before.
func (s *Service) putFunctionEventInvokeConfig(c *call, in *EventInvokeConfigInput) (*FunctionEventInvokeConfig, error) {
	return s.setEventConfig(c, in, false)
}

// updateFunctionEventInvokeConfig changes what was said before, and leaves what
// the request does not have.
func (s *Service) updateFunctionEventInvokeConfig(c *call, in *EventInvokeConfigInput) (*FunctionEventInvokeConfig, error) {
	return s.setEventConfig(c, in, true)
}

func (s *Service) setEventConfig(c *call, in *EventInvokeConfigInput, onlyChange bool) (*FunctionEventInvokeConfig, error) {
	if in.MaximumRetryAttempts == nil && in.MaximumEventAgeInSeconds == nil && in.DestinationConfig == nil {
		return nil, errNoEventSettings
	}
	return door.Update(c, func(tx *store.Tx) (*FunctionEventInvokeConfig, error) {
		o, err := s.open(tx, c, in.FunctionName, in.Qualifier)
		if err != nil {
			return nil, err
		}
		if o.version == nil {
			return nil, errNoFunction
		}
		now := eventSetting{Qualifier: o.ref.Or(function.Latest).Qualifier, Modified: tx.Now()}
		if onlyChange {
			known, err := eventSettingOf(tx, o)
			if err != nil {
				return nil, err
			}
			now.Value = known.Value
		}
		in.change(&now.Value)
		if err := s.checkDestinations(tx, o, now.Value); err != nil {
			return nil, err
		}
		return shownEventConfig(o.Function, now), tx.PutFunctionSetting(o.Function, now.Qualifier, store.EventSetting, now.Value)
	})
}

func (in *EventInvokeConfigInput) change(c *function.EventConfig) {
	if in.MaximumRetryAttempts != nil {
		c.RetryAttempts = in.MaximumRetryAttempts
	}
	if in.MaximumEventAgeInSeconds != nil {
		c.AgeSeconds = in.MaximumEventAgeInSeconds
	}
	if d := in.DestinationConfig; d != nil {
		c.OnSuccess, c.OnFailure = d.OnSuccess.arn(), d.OnFailure.arn()
	}
}

// checkDestinations refuses what nothing can be sent to: a function must be there
// and not be the one itself.
func (s *Service) checkDestinations(tx *store.Tx, o *opened, c function.EventConfig) error {
	if err := c.CheckDestinations(); err != nil {
		return err
	}
	for _, arn := range []string{c.OnSuccess, c.OnFailure} {
		if !strings.HasPrefix(arn, "arn:aws:lambda:") {
			continue
		}
		to, err := s.lookUp(tx, arn)
		switch {
		case err != nil:
			return err
		case to == nil:
			return fault.New(fault.InvalidParameter, "The destination ARN %s is invalid.", arn)
		case to.ref.ARN() == o.ref.ARN():
			return fault.New(fault.InvalidParameter, "You can't specify the function as a destination for itself.")
		}
	}
	return nil
}
