package logs

import (
	"strings"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/store"
)

// authorize asks whether the caller may do what it asks for to a stream of a
// group, "" for all of them; the group "" is all groups.
func (c *call) authorize(g Group, stream string) error {
	arn := g.StreamARN(stream)
	err := c.Caller.Authorize(iam.Ask{
		Action: c.Op.Action, Resource: arn, Account: g.Account, Shown: arn,
		Context: func(key string) []string { return c.ConditionKey(key, g.Account) },
	})
	if err != nil {
		return err
	}
	about := audit.Resource{ARN: g.ARN(), AccountID: g.Account}
	if g.Name != "" {
		about.Type = "AWS::Logs::LogGroup"
	}
	c.Allow(about)
	return nil
}

// everywhere is what an operation on no group in particular is about.
func (c *call) everywhere() Group { return Group{Account: c.Caller.Account, Region: c.Caller.Region} }

// groupOf reads which group a request names, by its name or its identifier, which
// is a name or an ARN.
func (c *call) groupOf(name, identifier *string) (Group, error) {
	g := c.everywhere()
	switch {
	case name != nil && identifier != nil:
		return g, fault.New(fault.InvalidParameter, "Either logGroupName or logGroupIdentifier must be specified, but not both")
	case name != nil:
		g.Name = *name
	case identifier != nil:
		return c.identified(*identifier)
	default:
		return g, fault.New(fault.InvalidParameter, "Either logGroupName or logGroupIdentifier must be specified")
	}
	return g, nil
}

// identified reads a group's identifier.
func (c *call) identified(identifier string) (Group, error) {
	if !strings.HasPrefix(identifier, "arn:") {
		return Group{c.Caller.Account, c.Caller.Region, identifier}, nil
	}
	part := strings.SplitN(identifier, ":", 7) // arn:aws:logs:REGION:ACCOUNT:log-group:NAME
	if len(part) < 7 || part[1] != "aws" || part[2] != "logs" || part[5] != "log-group" || part[3] != c.Caller.Region {
		return Group{}, fault.New(fault.InvalidParameter, "The specified logGroupIdentifier is not the ARN of a log group in this region: %s", identifier)
	}
	return Group{part[4], part[3], part[6]}, nil
}

// open is the way to a group: it authorises the caller, and only then says whether
// there is such a group.
func (s *Service) open(tx *store.Tx, c *call, g Group, stream string) (*store.LogGroup, error) {
	if err := c.authorize(g, stream); err != nil {
		return nil, err
	}
	found, err := tx.LogGroup(g.Account, g.Region, g.Name)
	if err == nil && found == nil {
		err = errNoGroup
	}
	return found, err
}

// openStream is open for one stream.
func (s *Service) openStream(tx *store.Tx, c *call, g Group, stream string) (*store.LogGroup, error) {
	found, err := s.open(tx, c, g, stream)
	if err != nil {
		return nil, err
	}
	has, err := tx.HasLogStream(found.Key, stream)
	if err == nil && !has {
		err = errNoStream
	}
	return found, err
}
