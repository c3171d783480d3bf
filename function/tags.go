package function

import "github.com/alberti-dev/alberti/fault"

// maxTags is how many tags a function may have.
const maxTags = 50

// CheckTags refuses too many tags.
func CheckTags(tags map[string]string) error {
	if len(tags) <= maxTags {
		return nil
	}
	return fault.New(fault.InvalidParameter, "Number of tags exceeds resource tag limit.")
}
