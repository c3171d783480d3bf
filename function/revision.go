package function

import "github.com/alberti-dev/alberti/fault"

// CheckRevision refuses a change of what has changed since its maker looked at
// it: given is the revision that the request expects, nil for any. The refusal
// names the API that tells the latest one.
func CheckRevision(given *string, now, api string) error {
	if given == nil || *given == now {
		return nil
	}
	return fault.New(fault.Precondition, "The Revision Id provided does not match the latest Revision Id. "+
		"Call the %s API to retrieve the latest Revision Id", api)
}
