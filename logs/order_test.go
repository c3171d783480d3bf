package logs_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

// TestOrder writes lines of several streams whose chunks overlap in every way, and
// reads them in pages of every size: none is missing, none comes twice, and they
// come by their times, from either end.
func TestOrder(t *testing.T) {
	b := newBench(t)
	for seed := range uint64(12) {
		random := rand.New(rand.NewPCG(seed, 7))
		group := group
		group.Name = fmt.Sprintf("/aws/lambda/%d", seed)
		const lines = 300
		var written []string
		for i := range lines {
			at := start.Add(time.Duration(i)*time.Second + time.Duration(random.IntN(120_000))*time.Millisecond)
			line := fmt.Sprintf("%d %03d\n", at.UnixMilli(), i)
			b.writer.Write(group, fmt.Sprintf("s%d", random.IntN(4)), at, line)
			written = append(written, line)
			if random.IntN(10) == 0 {
				b.flush(t)
			}
		}
		b.flush(t)
		got := b.messages(t, sdk.FilterLogEventsInput{LogGroupName: &group.Name, Limit: aws.Int32(1 + random.Int32N(60))})
		if byTime := func(a, b string) int { return slices.Compare([]byte(a[:13]), []byte(b[:13])) }; !slices.IsSortedFunc(got, byTime) {
			t.Errorf("seed %d: not by time", seed)
		}
		slices.Sort(written)
		if all := slices.Sorted(slices.Values(got)); !slices.Equal(all, written) {
			t.Errorf("seed %d: %d lines of %d came", seed, len(got), lines)
		}
		one := b.messages(t, sdk.FilterLogEventsInput{LogGroupName: &group.Name, LogStreamNames: []string{"s1"}})
		if back := b.backward(t, group.Name, "s1", 1+random.Int32N(30)); !slices.Equal(back, one) {
			t.Errorf("seed %d: %d lines from the end, %d from the beginning", seed, len(back), len(one))
		}
	}
}

// backward reads a stream from its end, page by page, and gives it in its order.
func (b *bench) backward(t *testing.T, group, stream string, limit int32) (out []string) {
	t.Helper()
	in := &sdk.GetLogEventsInput{LogGroupName: &group, LogStreamName: &stream, Limit: &limit}
	for {
		page, err := b.GetLogEvents(t.Context(), in)
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Events) == 0 {
			return out
		}
		var lines []string
		for _, e := range page.Events {
			lines = append(lines, *e.Message)
		}
		out, in.NextToken = append(lines, out...), page.NextBackwardToken
	}
}
