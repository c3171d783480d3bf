package logs

import (
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/store"
)

// DescribeLogGroupsInput asks for groups by their names.
type DescribeLogGroupsInput struct {
	AccountIdentifiers    []string `json:"accountIdentifiers"`
	LogGroupNamePrefix    *string  `json:"logGroupNamePrefix"`
	LogGroupNamePattern   *string  `json:"logGroupNamePattern"`
	NextToken             *string  `json:"nextToken"`
	Limit                 *int64   `json:"limit"`
	IncludeLinkedAccounts bool     `json:"includeLinkedAccounts"`
	LogGroupClass         *string  `json:"logGroupClass"`
	LogGroupIdentifiers   []string `json:"logGroupIdentifiers"`
}

// DescribeLogGroupsOutput has a page of groups, by name.
type DescribeLogGroupsOutput struct {
	LogGroups []LogGroup `json:"logGroups"`
	NextToken string     `json:"nextToken,omitzero"`
}

// LogGroup is a group as the wire has it; times are milliseconds since 1970.
type LogGroup struct {
	LogGroupName      string `json:"logGroupName"`
	CreationTime      int64  `json:"creationTime"`
	RetentionInDays   int64  `json:"retentionInDays"`
	MetricFilterCount int64  `json:"metricFilterCount"`
	Arn               string `json:"arn"`
	StoredBytes       int64  `json:"storedBytes"`
	LogGroupClass     string `json:"logGroupClass"`
	LogGroupArn       string `json:"logGroupArn"`
}

// standard is the class of all groups.
const standard = "STANDARD"

func (s *Service) describeLogGroups(c *call, in *DescribeLogGroupsInput) (*DescribeLogGroupsOutput, error) {
	if err := c.authorize(c.everywhere(), ""); err != nil {
		return nil, err
	}
	wanted, err := c.wantedGroups(in)
	if err != nil {
		return nil, err
	}
	after, err := openName(in.NextToken)
	if err != nil {
		return nil, err
	}
	all, err := door.View(c, func(tx *store.Tx) ([]store.LogGroup, error) { return tx.LogGroups(c.Caller.Account, c.Caller.Region) })
	if err != nil {
		return nil, err
	}
	out := &DescribeLogGroupsOutput{LogGroups: []LogGroup{}}
	limit := listLimit(in.Limit)
	for _, g := range all {
		switch {
		case g.Name <= after || !wanted(g.Name):
		case len(out.LogGroups) == limit:
			out.NextToken = sealName(out.LogGroups[limit-1].LogGroupName)
			return out, nil
		default:
			out.LogGroups = append(out.LogGroups, shownGroup(g))
		}
	}
	return out, nil
}

// wantedGroups reads which names are asked for. There are no other accounts, and
// no groups of other classes.
func (c *call) wantedGroups(in *DescribeLogGroupsInput) (func(name string) bool, error) {
	prefix, part := text(in.LogGroupNamePrefix), strings.ToLower(text(in.LogGroupNamePattern))
	if prefix != "" && part != "" {
		return nil, fault.New(fault.InvalidParameter, "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
	}
	foreign := func(account string) bool { return account != c.Caller.Account }
	if in.IncludeLinkedAccounts || slices.ContainsFunc(in.AccountIdentifiers, foreign) {
		return nil, fault.New(fault.InvalidParameter, "Alberti has no linked accounts")
	}
	var names []string
	for _, identifier := range in.LogGroupIdentifiers {
		g, err := c.identified(identifier)
		if err != nil {
			return nil, err
		}
		names = append(names, g.Name)
	}
	class := in.LogGroupClass == nil || *in.LogGroupClass == standard
	return func(name string) bool {
		return class && strings.HasPrefix(name, prefix) && strings.Contains(strings.ToLower(name), part) &&
			(names == nil || slices.Contains(names, name))
	}, nil
}

func shownGroup(g store.LogGroup) LogGroup {
	arn := Group{g.Account, g.Region, g.Name}.ARN()
	return LogGroup{
		LogGroupName: g.Name, CreationTime: g.Created.UnixMilli(), RetentionInDays: int64(Retention / (24 * time.Hour)),
		Arn: arn + ":*", LogGroupArn: arn, StoredBytes: g.Bytes, LogGroupClass: standard,
	}
}

var errBadToken = fault.New(fault.InvalidParameter, "The specified nextToken is invalid.")

// sealName makes a nextToken of the last name of a page.
func sealName(name string) string { return base64.RawURLEncoding.EncodeToString([]byte(name)) }

// openName reads such a token; there is none on the first page.
func openName(token *string) (string, error) {
	name, err := base64.RawURLEncoding.DecodeString(text(token))
	if err != nil {
		return "", errBadToken
	}
	return string(name), nil
}

// text is a member that may be absent, which counts as empty.
func text(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// listLimit is how many groups or streams an answer may have.
func listLimit(given *int64) int {
	if given == nil {
		return 50
	}
	return int(*given)
}
