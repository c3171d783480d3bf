package logs

import (
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// FilterLogEventsInput asks for the lines of a group, whichever stream they are
// of. Times are milliseconds since 1970, both included.
type FilterLogEventsInput struct {
	LogGroupName        *string  `json:"logGroupName"`
	LogGroupIdentifier  *string  `json:"logGroupIdentifier"`
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix *string  `json:"logStreamNamePrefix"`
	StartTime           *int64   `json:"startTime"`
	EndTime             *int64   `json:"endTime"`
	FilterPattern       *string  `json:"filterPattern"`
	NextToken           *string  `json:"nextToken"`
	Limit               *int64   `json:"limit"`
	Interleaved         bool     `json:"interleaved"` // always so, as on AWS since 2019
	Unmask              bool     `json:"unmask"`      // nothing is masked
}

// FilterLogEventsOutput has a page of lines, by their times. A page may have none
// and another follow.
type FilterLogEventsOutput struct {
	Events             []FilteredLogEvent  `json:"events"`
	SearchedLogStreams []SearchedLogStream `json:"searchedLogStreams"` // always empty, as on AWS since 2020
	NextToken          string              `json:"nextToken,omitzero"`
}

// FilteredLogEvent is a line and its stream.
type FilteredLogEvent struct {
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
	EventID       string `json:"eventId"`
}

// SearchedLogStream is what AWS used to tell of a search.
type SearchedLogStream struct {
	LogStreamName      string `json:"logStreamName"`
	SearchedCompletely bool   `json:"searchedCompletely"`
}

func (s *Service) filterLogEvents(c *call, in *FilterLogEventsInput) (*FilterLogEventsOutput, error) {
	g, err := c.groupOf(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	w, err := in.walk()
	if err != nil {
		return nil, err
	}
	p := page{limit: pageLimit(in.Limit)}
	if p.filter, err = parsePattern(text(in.FilterPattern)); err != nil {
		return nil, err
	}
	w.group, err = door.View(c, func(tx *store.Tx) (*store.LogGroup, error) { return s.open(tx, c, g, "") })
	if err != nil {
		return nil, err
	}
	if err := s.run(c.Ctx, w, p.add); err != nil {
		return nil, err
	}
	out := &FilterLogEventsOutput{Events: []FilteredLogEvent{}, SearchedLogStreams: []SearchedLogStream{}}
	for _, e := range p.events {
		out.Events = append(out.Events, FilteredLogEvent{
			LogStreamName: e.stream, Timestamp: e.at, Message: e.message, IngestionTime: e.ingested.UnixMilli(), EventID: e.place.String(),
		})
	}
	if p.next != nil {
		out.NextToken = p.next.String()
	}
	return out, nil
}

// walk is the way through the lines that are asked for, but for the group.
func (in *FilterLogEventsInput) walk() (walk, error) {
	w := walk{streams: in.LogStreamNames, prefix: text(in.LogStreamNamePrefix), to: lastMoment}
	if in.LogStreamNames != nil && in.LogStreamNamePrefix != nil {
		return w, fault.New(fault.InvalidParameter, "LogStreamNames and LogStreamNamePrefix cannot be specified at the same time.")
	}
	if in.StartTime != nil {
		w.from = min(*in.StartTime, lastMoment)
	}
	if in.EndTime != nil {
		w.to = min(*in.EndTime, lastMoment)
	}
	if in.NextToken != nil {
		gap, ok := parsePlace(*in.NextToken)
		if !ok {
			return w, errBadToken
		}
		w.gap = &gap
	}
	return w, nil
}
