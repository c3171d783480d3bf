package secretsmanager

import (
	"time"

	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

// CreateFreezeInput asks that no scheduled rotation starts from one time to
// another: of the secrets whose name fits Match, of those with a tag, or of all
// that the caller's account has in the region.
type CreateFreezeInput struct {
	From     awsjson.Time `json:"From"`
	To       awsjson.Time `json:"To"`
	Match    string       `json:"Match"`
	TagKey   string       `json:"TagKey"`
	TagValue string       `json:"TagValue"`
	Reason   string       `json:"Reason"`
}

// Freeze is a stretch of time without scheduled rotations.
type Freeze struct {
	FreezeID    int64        `json:"FreezeId"`
	From        awsjson.Time `json:"From"`
	To          awsjson.Time `json:"To"`
	Match       string       `json:"Match,omitempty"`
	TagKey      string       `json:"TagKey,omitempty"`
	TagValue    string       `json:"TagValue,omitempty"`
	Reason      string       `json:"Reason"`
	CreatedDate awsjson.Time `json:"CreatedDate,omitzero"`
	CreatedBy   string       `json:"CreatedBy,omitempty"`
}

// maxFreezes bounds what has to be looked through for every secret.
const maxFreezes = 100

func (s *Service) createFreeze(c *call, in *CreateFreezeInput) (*Freeze, error) {
	if err := c.authorizeAll(); err != nil {
		return nil, err
	}
	f, err := in.freeze(c)
	if err != nil {
		return nil, err
	}
	return door.Update(c, func(tx *store.Tx) (*Freeze, error) {
		f.Created = tx.Now()
		if err := f.Check(tx.Now()); err != nil {
			return nil, err
		}
		known, err := tx.Freezes(f.Account, f.Region)
		if err != nil {
			return nil, err
		}
		if len(known) >= maxFreezes {
			return nil, fault.New(fault.LimitExceeded, "There are %d freezes already: remove one that is no longer needed.", maxFreezes)
		}
		if err := tx.PutFreeze(&f); err != nil {
			return nil, err
		}
		return shownFreeze(f), nil
	})
}

func (in *CreateFreezeInput) freeze(c *call) (secret.Freeze, error) {
	f := secret.Freeze{
		Account: c.Caller.Account, Region: c.Caller.Region, From: time.Time(in.From), To: time.Time(in.To),
		Match: in.Match, Reason: in.Reason, By: c.Caller.ARN,
	}
	switch {
	case in.TagKey != "":
		f.Tag = &secret.Tag{Key: in.TagKey, Value: in.TagValue}
	case in.TagValue != "":
		return f, fault.New(fault.InvalidParameter, "Give a TagKey together with TagValue.")
	}
	return f, nil
}

func shownFreeze(f secret.Freeze) *Freeze {
	out := &Freeze{
		FreezeID: f.ID, From: awsjson.Time(f.From), To: awsjson.Time(f.To), Match: f.Match, Reason: f.Reason,
		CreatedDate: awsjson.Time(f.Created), CreatedBy: f.By,
	}
	if f.Tag != nil {
		out.TagKey, out.TagValue = f.Tag.Key, f.Tag.Value
	}
	return out
}
