package logs

import (
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/store"
)

// GetLogEventsInput asks for the lines of a stream. Times are milliseconds since
// 1970, startTime included and endTime not.
type GetLogEventsInput struct {
	LogGroupName       *string `json:"logGroupName"`
	LogGroupIdentifier *string `json:"logGroupIdentifier"`
	LogStreamName      *string `json:"logStreamName"`
	StartTime          *int64  `json:"startTime"`
	EndTime            *int64  `json:"endTime"`
	NextToken          *string `json:"nextToken"`
	Limit              *int64  `json:"limit"`
	StartFromHead      bool    `json:"startFromHead"`
	Unmask             bool    `json:"unmask"` // nothing is masked
}

// GetLogEventsOutput has a page of lines, by their times, and tokens for the pages
// on both sides. At an end of the stream the token is the one that was given.
type GetLogEventsOutput struct {
	Events            []OutputLogEvent `json:"events"`
	NextForwardToken  string           `json:"nextForwardToken"`
	NextBackwardToken string           `json:"nextBackwardToken"`
}

// OutputLogEvent is a line.
type OutputLogEvent struct {
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
}

func (s *Service) getLogEvents(c *call, in *GetLogEventsInput) (*GetLogEventsOutput, error) {
	g, err := c.groupOf(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	w, err := in.walk()
	if err != nil {
		return nil, err
	}
	w.group, err = door.View(c, func(tx *store.Tx) (*store.LogGroup, error) { return s.openStream(tx, c, g, *in.LogStreamName) })
	if err != nil {
		return nil, err
	}
	p := page{limit: pageLimit(in.Limit)}
	if err := s.run(c.Ctx, w, p.add); err != nil {
		return nil, err
	}
	if w.backward {
		slices.Reverse(p.events)
	}
	out := &GetLogEventsOutput{Events: []OutputLogEvent{}}
	before, behind := w.around(p.events)
	out.NextBackwardToken, out.NextForwardToken = backwardMark+before.String(), forwardMark+behind.String()
	for _, e := range p.events {
		out.Events = append(out.Events, OutputLogEvent{Timestamp: e.at, Message: e.message, IngestionTime: e.ingested.UnixMilli()})
	}
	return out, nil
}

// Tokens of the two directions begin so.
const (
	forwardMark  = "f/"
	backwardMark = "b/"
)

// walk is the way through the lines that are asked for, but for the group. The
// token knows the direction.
func (in *GetLogEventsInput) walk() (walk, error) {
	w := walk{streams: []string{*in.LogStreamName}, to: lastMoment, backward: !in.StartFromHead}
	if in.StartTime != nil {
		w.from = min(*in.StartTime, lastMoment)
	}
	if in.EndTime != nil {
		w.to = min(*in.EndTime-1, lastMoment)
	}
	if in.NextToken == nil {
		return w, nil
	}
	token, forward := strings.CutPrefix(*in.NextToken, forwardMark)
	token, backward := strings.CutPrefix(token, backwardMark)
	gap, ok := parsePlace(token)
	if !ok || forward == backward {
		return w, errBadToken
	}
	w.gap, w.backward = &gap, backward
	return w, nil
}

// around gives the places before and behind the lines of a page or, where it has
// none, the one place that it stands at.
func (w walk) around(events []event) (before, behind place) {
	switch {
	case len(events) > 0:
		return events[0].place, events[len(events)-1].place.behind()
	case w.gap != nil:
		return *w.gap, *w.gap
	}
	return place{at: w.from}, place{at: w.from}
}
