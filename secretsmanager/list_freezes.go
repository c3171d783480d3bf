package secretsmanager

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// ListFreezesOutput has the freezes that are on or to come, by their beginnings.
// There are never so many that they need pages.
type ListFreezesOutput struct {
	Freezes []*Freeze `json:"Freezes"`
}

func (s *Service) listFreezes(c *call, _ *door.Nothing) (*ListFreezesOutput, error) {
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	out := &ListFreezesOutput{Freezes: []*Freeze{}}
	return door.View(c, func(tx *store.Tx) (*ListFreezesOutput, error) {
		found, err := tx.Freezes(c.Caller.Account, c.Caller.Region)
		for _, f := range found {
			out.Freezes = append(out.Freezes, shownFreeze(f))
		}
		return out, err
	})
}
