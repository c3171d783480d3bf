package function

import (
	"github.com/google/uuid"
)

// Touch gives the alias a new revision: something about it has changed.
func (a *Alias) Touch() { a.Revision = uuid.NewString() }
