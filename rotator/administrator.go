package rotator

import "errors"

// ErrNotAllowed is, or is wrapped by, the error of a Session whose user may not
// change the password: the administrator has to.
var ErrNotAllowed = errors.New("the user may not change the password")
