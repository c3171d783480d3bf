package logs

import (
	"fmt"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// DescribeLogStreamsInput asks for the streams of a group.
type DescribeLogStreamsInput struct {
	LogGroupName        *string `json:"logGroupName"`
	LogGroupIdentifier  *string `json:"logGroupIdentifier"`
	LogStreamNamePrefix *string `json:"logStreamNamePrefix"`
	OrderBy             *string `json:"orderBy"`
	Descending          bool    `json:"descending"`
	NextToken           *string `json:"nextToken"`
	Limit               *int64  `json:"limit"`
}

// DescribeLogStreamsOutput has a page of streams.
type DescribeLogStreamsOutput struct {
	LogStreams []LogStream `json:"logStreams"`
	NextToken  string      `json:"nextToken,omitzero"`
}

// LogStream is a stream as the wire has it; times are milliseconds since 1970.
type LogStream struct {
	LogStreamName       string `json:"logStreamName"`
	CreationTime        int64  `json:"creationTime"`
	FirstEventTimestamp int64  `json:"firstEventTimestamp"`
	LastEventTimestamp  int64  `json:"lastEventTimestamp"`
	LastIngestionTime   int64  `json:"lastIngestionTime"`
	Arn                 string `json:"arn"`
	StoredBytes         int64  `json:"storedBytes"` // always 0, as on AWS since 2019
}

func (s *Service) describeLogStreams(c *call, in *DescribeLogStreamsInput) (*DescribeLogStreamsOutput, error) {
	g, err := c.groupOf(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	limit := listLimit(in.Limit)
	q := store.LogStreams{
		Prefix: text(in.LogStreamNamePrefix), ByTime: text(in.OrderBy) == "LastEventTime", Descending: in.Descending, Limit: limit + 1,
	}
	if q.ByTime && in.LogStreamNamePrefix != nil {
		return nil, fault.New(fault.InvalidParameter, "Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	if q.After, err = openStreamToken(in.NextToken); err != nil {
		return nil, err
	}
	found, err := door.View(c, func(tx *store.Tx) ([]store.LogStream, error) {
		group, err := s.open(tx, c, g, "")
		if err != nil {
			return nil, err
		}
		q.Group = group.Key
		return tx.LogStreams(q)
	})
	if err != nil {
		return nil, err
	}
	out := &DescribeLogStreamsOutput{LogStreams: []LogStream{}}
	if len(found) > limit {
		found = found[:limit]
		out.NextToken = streamToken(found[limit-1])
	}
	for _, stream := range found {
		out.LogStreams = append(out.LogStreams, shownStream(g, stream))
	}
	return out, nil
}

func shownStream(g Group, s store.LogStream) LogStream {
	return LogStream{
		LogStreamName: s.Name, CreationTime: s.Created.UnixMilli(), Arn: g.StreamARN(s.Name),
		FirstEventTimestamp: s.First.UnixMilli(), LastEventTimestamp: s.Last.UnixMilli(), LastIngestionTime: s.Ingested.UnixMilli(),
	}
}

// streamToken makes a nextToken of the last stream of a page: whichever order is
// asked for, the place in it is there.
func streamToken(last store.LogStream) string {
	return sealName(fmt.Sprintf("%d:%s", last.Last.UnixMicro(), last.Name))
}

func openStreamToken(token *string) (*store.LogStream, error) {
	if token == nil {
		return nil, nil
	}
	at, err := openName(token)
	micros, name, ok := strings.Cut(at, ":")
	var n int64
	if _, scanErr := fmt.Sscanf(micros, "%d", &n); err != nil || !ok || scanErr != nil {
		return nil, errBadToken
	}
	return &store.LogStream{Name: name, Last: time.UnixMicro(n)}, nil
}
