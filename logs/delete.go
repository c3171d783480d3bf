package logs

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// DeleteLogGroupInput names a group.
type DeleteLogGroupInput struct {
	LogGroupName *string `json:"logGroupName"`
}

func (s *Service) deleteLogGroup(c *call, in *DeleteLogGroupInput) (*door.Nothing, error) {
	g := c.everywhere()
	g.Name = *in.LogGroupName
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		found, err := s.open(tx, c, g, "")
		if err != nil {
			return nil, err
		}
		return &door.Nothing{}, tx.DeleteLogGroup(found.Key)
	})
}

// DeleteLogStreamInput names a stream of a group.
type DeleteLogStreamInput struct {
	LogGroupName  *string `json:"logGroupName"`
	LogStreamName *string `json:"logStreamName"`
}

func (s *Service) deleteLogStream(c *call, in *DeleteLogStreamInput) (*door.Nothing, error) {
	g := c.everywhere()
	g.Name = *in.LogGroupName
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		found, err := s.openStream(tx, c, g, *in.LogStreamName)
		if err != nil {
			return nil, err
		}
		_, err = tx.DeleteLogStream(found.Key, *in.LogStreamName)
		return &door.Nothing{}, err
	})
}
