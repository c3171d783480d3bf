package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// DeleteFreezeInput names a freeze.
type DeleteFreezeInput struct {
	FreezeID *int64 `json:"FreezeId"`
}

// DeleteFreezeOutput names the freeze that is gone.
type DeleteFreezeOutput struct {
	FreezeID int64 `json:"FreezeId"`
}

// deleteFreeze takes a freeze away. What it held goes on in the next window of
// its own schedule.
func (s *Service) deleteFreeze(c *call, in *DeleteFreezeInput) (*DeleteFreezeOutput, error) {
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	return door.Update(c, func(tx *store.Tx) (*DeleteFreezeOutput, error) {
		found, err := tx.DeleteFreeze(c.Caller.Account, c.Caller.Region, *in.FreezeID)
		if err == nil && !found {
			err = fault.New(fault.NotFound, "There is no freeze %d.", *in.FreezeID)
		}
		return &DeleteFreezeOutput{FreezeID: *in.FreezeID}, err
	})
}
