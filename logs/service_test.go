package logs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"

	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/logs"
	"github.com/alberti-dev/alberti/policy"
)

// wantCode holds an SDK's error against a code and a part of its text.
func wantCode(t testing.TB, err error, code, text string) {
	t.Helper()
	var api smithy.APIError
	if !errors.As(err, &api) || api.ErrorCode() != code || !strings.Contains(api.ErrorMessage(), text) {
		t.Errorf("got %v\nwant %s: %s", err, code, text)
	}
}

// numbers are lines that count.
func numbers(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("line %03d\n", i))
	}
	return out
}

// TestFilterLogEvents pages through the lines of all streams, in order, and takes
// every narrowing that there is.
func TestFilterLogEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		all := numbers(0, 120)
		for i, line := range all { // two streams in turn, and several chunks of each
			b.Advance(time.Millisecond)
			b.writer.Write(group, []string{"a/1", "a/2", "b"}[i%3], b.Now(), line)
			if i%10 == 9 {
				b.flush(t)
			}
		}
		at := func(i int) *int64 { return aws.Int64(start.UnixMilli() + int64(i) + 1) }
		every := func(keep func(i int) bool) (out []string) {
			for i, line := range all {
				if keep(i) {
					out = append(out, line)
				}
			}
			return out
		}
		for what, test := range map[string]struct {
			in   sdk.FilterLogEventsInput
			want []string
		}{
			"all":        {sdk.FilterLogEventsInput{}, all},
			"pages":      {sdk.FilterLogEventsInput{Limit: aws.Int32(7)}, all},
			"by arn":     {sdk.FilterLogEventsInput{LogGroupIdentifier: aws.String(arn)}, all},
			"by name":    {sdk.FilterLogEventsInput{LogGroupIdentifier: aws.String(name)}, all},
			"time":       {sdk.FilterLogEventsInput{StartTime: at(20), EndTime: at(29), Limit: aws.Int32(3)}, all[20:30]},
			"from":       {sdk.FilterLogEventsInput{StartTime: at(115)}, all[115:]},
			"to":         {sdk.FilterLogEventsInput{EndTime: at(4)}, all[:5]},
			"no time":    {sdk.FilterLogEventsInput{StartTime: at(9), EndTime: at(3)}, nil},
			"streams":    {sdk.FilterLogEventsInput{LogStreamNames: []string{"a/1", "b"}, Limit: aws.Int32(5)}, every(func(i int) bool { return i%3 != 1 })},
			"prefix":     {sdk.FilterLogEventsInput{LogStreamNamePrefix: aws.String("a/")}, every(func(i int) bool { return i%3 != 2 })},
			"no stream":  {sdk.FilterLogEventsInput{LogStreamNamePrefix: aws.String("c")}, nil},
			"pattern":    {sdk.FilterLogEventsInput{FilterPattern: aws.String(`"line 01" -019`), Limit: aws.Int32(2)}, all[10:19]},
			"far future": {sdk.FilterLogEventsInput{EndTime: aws.Int64(1 << 62)}, all},
		} {
			if got := b.messages(t, test.in); !slices.Equal(got, test.want) {
				t.Errorf("%s: got %q\nwant %q", what, got, test.want)
			}
		}
		out, err := b.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: &group.Name})
		if err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for i, e := range out.Events {
			ids[*e.EventId] = true
			if *e.Timestamp != *at(i) || *e.LogStreamName != []string{"a/1", "a/2", "b"}[i%3] || *e.IngestionTime < *e.Timestamp || *e.IngestionTime > *at(120) {
				t.Errorf("%+v", e)
			}
		}
		if len(ids) != len(all) || len(out.SearchedLogStreams) != 0 || out.NextToken != nil {
			t.Errorf("%d ids, %v, %v", len(ids), out.SearchedLogStreams, out.NextToken)
		}
	})
}

// TestPageSize: a page has a mebibyte of text at most.
func TestPageSize(t *testing.T) {
	b := newBench(t)
	line := strings.Repeat("x", 50<<10)
	for i := range 60 {
		b.Advance(time.Second)
		b.write(t, "one", fmt.Sprint(i, line))
	}
	out, err := b.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: &group.Name})
	if err != nil || len(out.Events) != 20 || out.NextToken == nil {
		t.Errorf("%d events, %v", len(out.Events), err)
	}
	if got := b.messages(t, sdk.FilterLogEventsInput{}); len(got) != 60 {
		t.Errorf("%d lines", len(got))
	}
	stream, err := b.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: &group.Name, LogStreamName: aws.String("one")})
	if err != nil || len(stream.Events) != 20 || !strings.HasPrefix(*stream.Events[0].Message, "40") || !strings.HasPrefix(*stream.Events[19].Message, "59") {
		t.Errorf("%d events, %v", len(stream.Events), err)
	}
}

// TestGetLogEvents walks a stream in both directions to its ends, where the token
// stays the same, and turns round on the way.
func TestGetLogEvents(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		all := numbers(0, 40)
		for i := range 4 {
			b.write(t, "one", all[10*i:10*i+10]...)
			b.write(t, "two", "not this")
		}
		in := sdk.GetLogEventsInput{LogGroupName: &group.Name, LogStreamName: aws.String("one"), Limit: aws.Int32(7)}
		get := func() (lines []string, out *sdk.GetLogEventsOutput) {
			t.Helper()
			out, err := b.GetLogEvents(t.Context(), &in)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range out.Events {
				lines = append(lines, *e.Message)
			}
			return lines, out
		}
		same := func(got, want []string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
		}
		lines, out := get()
		same(lines, all[33:])
		in.NextToken = out.NextBackwardToken
		var back []string
		for {
			lines, out = get()
			if *out.NextBackwardToken == *in.NextToken {
				break
			}
			back = append(lines, back...)
			in.NextToken = out.NextBackwardToken
		}
		same(back, all[:33])
		same(lines, nil)
		in.NextToken = out.NextForwardToken // from before the first line
		lines, out = get()
		same(lines, all[:7])
		in.NextToken = out.NextForwardToken
		lines, out = get()
		same(lines, all[7:14])
		in.NextToken = out.NextBackwardToken
		lines, _ = get()
		same(lines, all[:7])

		in.NextToken, in.StartFromHead = nil, aws.Bool(true)
		var forward []string
		for {
			lines, out = get()
			forward = append(forward, lines...)
			if in.NextToken != nil && *out.NextForwardToken == *in.NextToken {
				break
			}
			in.NextToken = out.NextForwardToken
		}
		same(forward, all)
		b.write(t, "one", "new")
		lines, out = get()
		same(lines, []string{"new\n"})
		in.NextToken = out.NextForwardToken
		lines, out = get()
		same(lines, nil)
		in.NextToken = out.NextBackwardToken // from behind the last line
		lines, _ = get()
		same(lines, append(all[34:], "new\n"))

		in.NextToken, in.Limit = nil, nil
		in.StartTime, in.EndTime = aws.Int64(start.UnixMilli()+3), aws.Int64(start.UnixMilli()+6)
		lines, _ = get()
		same(lines, all[2:5])
	})
}

// TestDescribe lists groups and streams, page by page.
func TestDescribe(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		for i, g := range []string{name, "/aws/lambda/Other", "mine"} {
			for j := range 3 - i {
				b.Advance(time.Second)
				b.writer.Write(logs.Group{Account: account, Region: region, Name: g}, fmt.Sprintf("s/%d", 2-j), b.Now(), "x")
				b.flush(t)
			}
		}
		b.writer.Write(logs.Group{Account: account, Region: "us-east-1", Name: "abroad"}, "s", b.Now(), "x")
		b.writer.Write(logs.Group{Account: "111111111111", Region: region, Name: "foreign"}, "s", b.Now(), "x")
		b.flush(t)
		for what, test := range map[string]struct {
			in   sdk.DescribeLogGroupsInput
			want string
		}{
			"all":         {sdk.DescribeLogGroupsInput{}, "/aws/lambda/Other /aws/lambda/rotate mine"},
			"pages":       {sdk.DescribeLogGroupsInput{Limit: aws.Int32(1)}, "/aws/lambda/Other /aws/lambda/rotate mine"},
			"prefix":      {sdk.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/aws/lambda/r")}, name},
			"pattern":     {sdk.DescribeLogGroupsInput{LogGroupNamePattern: aws.String("OTHER")}, "/aws/lambda/Other"},
			"identifiers": {sdk.DescribeLogGroupsInput{LogGroupIdentifiers: []string{arn, "mine", "none"}}, name + " mine"},
			"class":       {sdk.DescribeLogGroupsInput{LogGroupClass: types.LogGroupClassInfrequentAccess}, ""},
			"own account": {sdk.DescribeLogGroupsInput{AccountIdentifiers: []string{account}, LogGroupNamePrefix: aws.String("m")}, "mine"},
		} {
			var got []string
			pages := sdk.NewDescribeLogGroupsPaginator(b.Client, &test.in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, g := range page.LogGroups {
					got = append(got, *g.LogGroupName)
					if *g.LogGroupName == name && (*g.Arn != arn+":*" || *g.LogGroupArn != arn || *g.RetentionInDays != 14 || *g.StoredBytes < 100 || *g.CreationTime != start.UnixMilli()+1000) {
						t.Errorf("%+v", g)
					}
				}
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("%s: got %v, want %s", what, got, test.want)
			}
		}
		for want, in := range map[string]sdk.DescribeLogStreamsInput{
			"s/0 s/1 s/2":  {},
			"s/2 s/1 s/0":  {Descending: aws.Bool(true)},
			"s/0 s/1 s/2 ": {OrderBy: types.OrderByLastEventTime, Descending: aws.Bool(true)},
			"s/2 s/1 s/0 ": {OrderBy: types.OrderByLastEventTime},
			"s/1":          {LogStreamNamePrefix: aws.String("s/1")},
			"":             {LogStreamNamePrefix: aws.String("t")},
		} {
			in.LogGroupName, in.Limit = &group.Name, aws.Int32(2)
			var got []string
			pages := sdk.NewDescribeLogStreamsPaginator(b.Client, &in)
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range page.LogStreams {
					got = append(got, *s.LogStreamName)
					if *s.LogStreamName == "s/2" && (*s.FirstEventTimestamp != start.UnixMilli()+1000 || *s.LastEventTimestamp != start.UnixMilli()+1000 || *s.Arn != arn+":log-stream:s/2") {
						t.Errorf("%+v", s)
					}
				}
			}
			if strings.Join(got, " ") != strings.TrimSpace(want) {
				t.Errorf("%+v: got %v", in, got)
			}
		}
	})
}

// TestDelete removes a stream and then its group.
func TestDelete(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.write(t, "one", "x")
		b.write(t, "two", "y")
		if _, err := b.DeleteLogStream(t.Context(), &sdk.DeleteLogStreamInput{LogGroupName: &group.Name, LogStreamName: aws.String("one")}); err != nil {
			t.Fatal(err)
		}
		if got := b.messages(t, sdk.FilterLogEventsInput{}); !slices.Equal(got, []string{"y\n"}) {
			t.Error(got)
		}
		if _, err := b.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: &group.Name}); err != nil {
			t.Fatal(err)
		}
		_, err := b.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: &group.Name})
		wantCode(t, err, "ResourceNotFoundException", "The specified log group does not exist.")
		var shipped []string
		if _, err := b.Store.Ship(t.Context(), 10, func(events [][]byte) error {
			for _, e := range events {
				shipped = append(shipped, event(t, e))
			}
			return nil
		}); err != nil || !slices.Equal(shipped, []string{"DeleteLogStream  " + arn, "DeleteLogGroup  " + arn}) {
			t.Errorf("the trail is to hear of %v, %v", shipped, err)
		}
		b.write(t, "one", "again") // as on AWS, the next line makes the group anew
		if got := b.messages(t, sdk.FilterLogEventsInput{}); !slices.Equal(got, []string{"again\n"}) {
			t.Error(got)
		}
	})
}

// TestRefusals holds the errors of CloudWatch Logs.
func TestRefusals(t *testing.T) {
	b := newBench(t)
	b.write(t, "one", "x")
	filter := func(in sdk.FilterLogEventsInput) error {
		_, err := b.FilterLogEvents(t.Context(), &in)
		return err
	}
	get := func(in sdk.GetLogEventsInput) error {
		in.LogStreamName = aws.String("one")
		_, err := b.GetLogEvents(t.Context(), &in)
		return err
	}
	streams := func(in sdk.DescribeLogStreamsInput) error {
		_, err := b.DescribeLogStreams(t.Context(), &in)
		return err
	}
	groups := func(in sdk.DescribeLogGroupsInput) error {
		_, err := b.DescribeLogGroups(t.Context(), &in)
		return err
	}
	none, text := aws.String("/none"), aws.String("x")
	const bad, missing = "InvalidParameterException", "ResourceNotFoundException"
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: none}), missing, "The specified log group does not exist.")
	wantCode(t, filter(sdk.FilterLogEventsInput{}), bad, "must be specified")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: &group.Name, LogGroupIdentifier: none}), bad, "not both")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupIdentifier: aws.String("arn:aws:logs:us-east-1:000000000000:log-group:x")}), bad, "in this region")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupIdentifier: aws.String(arn + ":*")}), bad, "Member must satisfy regular expression pattern: ")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: &group.Name, NextToken: text}), bad, "The specified nextToken is invalid.")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: &group.Name, LogStreamNames: []string{"x"}, LogStreamNamePrefix: text}), bad, "at the same time")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: &group.Name, FilterPattern: aws.String("{ $.x = 1 }")}), bad, "it does not")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: &group.Name, Limit: aws.Int32(10001)}), bad,
		"1 validation error detected: Value '10001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: aws.String(strings.Repeat("x", 513))}), bad, "Member must have length less than or equal to 512")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: aws.String(strings.Repeat("x", 1<<19))}), bad, "Member must have length less than or equal to 512")
	wantCode(t, filter(sdk.FilterLogEventsInput{LogGroupName: aws.String("a b")}), bad, "Member must satisfy regular expression pattern: ")
	wantCode(t, get(sdk.GetLogEventsInput{LogGroupName: none}), missing, "The specified log group does not exist.")
	wantCode(t, get(sdk.GetLogEventsInput{LogGroupName: &group.Name, NextToken: aws.String("f/b/" + strings.Repeat("0", 56))}), bad, "The specified nextToken is invalid.")
	_, err := b.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: &group.Name, LogStreamName: text})
	wantCode(t, err, missing, "The specified log stream does not exist.")
	_, err = b.DeleteLogStream(t.Context(), &sdk.DeleteLogStreamInput{LogGroupName: &group.Name, LogStreamName: text})
	wantCode(t, err, missing, "The specified log stream does not exist.")
	wantCode(t, streams(sdk.DescribeLogStreamsInput{LogGroupName: none}), missing, "The specified log group does not exist.")
	wantCode(t, streams(sdk.DescribeLogStreamsInput{LogGroupName: &group.Name, OrderBy: "LastEventTime", LogStreamNamePrefix: text}), bad, "Cannot order by LastEventTime with a logStreamNamePrefix.")
	wantCode(t, streams(sdk.DescribeLogStreamsInput{LogGroupName: &group.Name, NextToken: text}), bad, "The specified nextToken is invalid.")
	wantCode(t, groups(sdk.DescribeLogGroupsInput{Limit: aws.Int32(51)}), bad, "Member must have value less than or equal to 50")
	wantCode(t, groups(sdk.DescribeLogGroupsInput{LogGroupNamePrefix: text, LogGroupNamePattern: text}), bad, "mutually exclusive")
	wantCode(t, groups(sdk.DescribeLogGroupsInput{IncludeLinkedAccounts: aws.Bool(true)}), bad, "no linked accounts")
	wantCode(t, groups(sdk.DescribeLogGroupsInput{NextToken: aws.String("§")}), bad, "The specified nextToken is invalid.")
	_, err = b.CreateLogGroup(t.Context(), &sdk.CreateLogGroupInput{LogGroupName: none})
	wantCode(t, err, "UnknownOperationException", "")
}

// TestPolicies asks the caller's policies, and tells the trail.
func TestPolicies(t *testing.T) {
	b := newBench(t)
	b.write(t, "one", "x")
	may := func(action, resource string) {
		d, err := policy.Parse(fmt.Sprintf(`{"Statement":{"Effect":"Allow","Action":%q,"Resource":%q}}`, action, resource), policy.Identity)
		if err != nil {
			t.Fatal(err)
		}
		b.As(iam.Caller{
			Type: iam.AssumedRole, Account: account, Region: region, Policies: []*policy.Document{d},
			ARN: "arn:aws:sts::000000000000:assumed-role/App/i", Issuer: "arn:aws:iam::000000000000:role/App",
		})
	}
	filter := func(group string) error {
		_, err := b.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupIdentifier: &group})
		return err
	}
	get := func() error {
		_, err := b.GetLogEvents(t.Context(), &sdk.GetLogEventsInput{LogGroupName: &group.Name, LogStreamName: aws.String("one")})
		return err
	}
	const refused = "User: arn:aws:sts::000000000000:assumed-role/App/i is not authorized to perform: logs:"
	may("logs:FilterLogEvents", arn+":*")
	if err := filter(name); err != nil {
		t.Error(err)
	}
	wantCode(t, filter("none"), "AccessDeniedException", refused+"FilterLogEvents on resource: arn:aws:logs:eu-west-1:000000000000:log-group:none:log-stream: because no identity-based policy allows the logs:FilterLogEvents action")
	wantCode(t, filter("arn:aws:logs:eu-west-1:111111111111:log-group:x"), "AccessDeniedException", "no resource-based policy allows")
	wantCode(t, get(), "AccessDeniedException", refused+"GetLogEvents on resource: "+arn+":log-stream:one because")
	may("logs:Get*", arn+":log-stream:one")
	if err := get(); err != nil {
		t.Error(err)
	}
	_, err := b.DeleteLogGroup(t.Context(), &sdk.DeleteLogGroupInput{LogGroupName: &group.Name})
	wantCode(t, err, "AccessDeniedException", refused+"DeleteLogGroup")
	_, err = b.DescribeLogGroups(t.Context(), nil)
	wantCode(t, err, "AccessDeniedException", refused+"DescribeLogGroups on resource: arn:aws:logs:eu-west-1:000000000000:log-group::log-stream: because")
	events := b.events(t)
	if len(events) != 7 {
		t.Fatalf("%d events: %v", len(events), events)
	}
	for i, want := range []string{
		"FilterLogEvents  " + arn, "FilterLogEvents AccessDeniedException ", "FilterLogEvents AccessDeniedException ", "GetLogEvents AccessDeniedException ",
		"GetLogEvents  " + arn, "DeleteLogGroup AccessDeniedException ", "DescribeLogGroups AccessDeniedException ",
	} {
		if events[i] != want {
			t.Errorf("event %d: %s, want %s", i, events[i], want)
		}
	}
}

// events are the calls in the trail: operation, error and resource.
func (b *bench) events(t testing.TB) (out []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.Dir, "audit", "*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		out = append(out, event(t, []byte(line)))
	}
	return out
}

// event is a line of the trail in short.
func event(t testing.TB, line []byte) string {
	t.Helper()
	var e struct {
		EventSource, EventName, ErrorCode string
		Resources                         []struct{ ARN string }
	}
	if err := json.Unmarshal(line, &e); err != nil || e.EventSource != "logs.amazonaws.com" {
		t.Fatal(string(line), err)
	}
	resource := ""
	if len(e.Resources) == 1 {
		resource = e.Resources[0].ARN
	}
	return e.EventName + " " + e.ErrorCode + " " + resource
}
