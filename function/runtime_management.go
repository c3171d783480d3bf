package function

import "github.com/alberti-dev/alberti/fault"

// RuntimeManagement is when the runtime of a version is updated.
type RuntimeManagement struct {
	UpdateOn   string
	VersionARN string `json:",omitempty"` // of the runtime, where it is updated by hand
}

// Check refuses a runtime's version where it is not chosen by hand, and none
// where it is.
func (m RuntimeManagement) Check() error {
	const manual = "Manual"
	switch {
	case m.UpdateOn == manual && m.VersionARN == "":
		return fault.New(fault.InvalidParameter, "RuntimeVersionArn is required when UpdateRuntimeOn is Manual.")
	case m.UpdateOn != manual && m.VersionARN != "":
		return fault.New(fault.InvalidParameter, "RuntimeVersionArn can be set only when UpdateRuntimeOn is Manual.")
	}
	return nil
}
