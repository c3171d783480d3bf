package logs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"github.com/alberti-dev/alberti/logs"
)

// TestLinesComeBack as they were printed, in their order, also after a restart.
func TestLinesComeBack(t *testing.T) {
	onBoth(t, func(t *testing.T, b *bench) {
		b.write(t, "one", "START\n", "hello", "", "a\x00b \xff\xfe ü", "END\n")
		b.write(t, "two", "other")
		want := []string{"START\n", "hello\n", "\n", "a\x00b � ü\n", "END\n", "other\n"}
		if got := b.messages(t, sdk.FilterLogEventsInput{}); !slices.Equal(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
		b.writer.Write(group, "one", b.Now(), "lost with the server")
		b.restart(t)
		if got := b.messages(t, sdk.FilterLogEventsInput{}); !slices.Equal(got, want) {
			t.Errorf("after a restart %q", got)
		}
	})
}

// TestLongLine is cut where a character begins.
func TestLongLine(t *testing.T) {
	b := newBench(t)
	line := "x" + strings.Repeat("ü", 80<<10)
	b.write(t, "one", line, "next")
	got := b.messages(t, sdk.FilterLogEventsInput{})
	if len(got) != 4 || strings.ReplaceAll(strings.Join(got, ""), "\n", "") != line+"next" {
		t.Errorf("%d events", len(got))
	}
}

// TestClockGoesBack: lines of one stream stand by their times.
func TestClockGoesBack(t *testing.T) {
	b := newBench(t)
	b.writer.Write(group, "one", time.Time{}, "0") // as if it were 1970
	for _, seconds := range []int{300, 100, 200, 100, 400} {
		b.writer.Write(group, "one", start.Add(time.Duration(seconds)*time.Second), fmt.Sprint(seconds))
	}
	b.flush(t)
	if got := strings.Fields(strings.Join(b.messages(t, sdk.FilterLogEventsInput{}), "")); !slices.Equal(got, []string{"0", "100", "100", "200", "300", "400"}) {
		t.Error(got)
	}
}

// TestSecrecy: no file has a line in it.
func TestSecrecy(t *testing.T) {
	b := newBench(t)
	const line = "password=hunter2-hunter2"
	b.write(t, "one", line)
	b.messages(t, sdk.FilterLogEventsInput{FilterPattern: aws.String("hunter2")})
	b.Close(t)
	if b.onDisk(t, "hunter2-hunter2") {
		t.Error("a line stands in a file")
	}
	if !b.onDisk(t, name) {
		t.Error("no file has the group's name: nothing was looked at")
	}
}

// TestFlood: of a function that prints without end a bounded piece is kept, the
// log says how much is missing, and others are not disturbed.
func TestFlood(t *testing.T) {
	b := newBench(t)
	line := strings.Repeat("x", 1000)
	const lines = 200_000
	for range lines {
		b.writer.Write(group, "flood", b.Now(), line)
	}
	b.Advance(time.Second)
	for range lines {
		b.writer.Write(group, "flood", b.Now(), "")
	}
	b.write(t, "calm", "still here")
	got := b.messages(t, sdk.FilterLogEventsInput{})
	kept, size := 0, 0
	var notice string
	for _, message := range got {
		switch {
		case strings.HasPrefix(message, "[alberti]"):
			notice += message
		case message != "still here\n":
			kept, size = kept+1, size+len(message)
		}
	}
	if kept < 1000 || size > logs.Burst+logs.Rate {
		t.Errorf("%d lines of %d bytes are kept", kept, size)
	}
	var missing int
	if _, err := fmt.Sscanf(notice, "[alberti] %d lines were left out", &missing); err != nil || missing+kept != 2*lines || strings.Count(notice, "\n") != 1 {
		t.Errorf("%d lines are kept of %d, and the log says %q", kept, 2*lines, notice)
	}
	if !slices.Contains(got, "still here\n") {
		t.Error("the flood drowned another stream")
	}
	b.Advance(time.Second)
	b.write(t, "flood", "again")
	if got := b.messages(t, sdk.FilterLogEventsInput{LogStreamNames: []string{"flood"}}); got[len(got)-1] != "again\n" {
		t.Errorf("after the flood: %q", got[len(got)-1])
	}
}

// TestMemoryIsBounded while nothing can be written down, and what was held is
// written once that is possible again.
func TestMemoryIsBounded(t *testing.T) {
	b := newBench(t)
	line := strings.Repeat("x", 10_000)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 100 {
		for range 50 {
			b.writer.Write(group, fmt.Sprintf("s%03d", i), b.Now(), line)
		}
		if err := logs.Flush(b.writer, gone); err == nil {
			t.Fatal("written down by nobody")
		}
	}
	b.flush(t)
	got := b.messages(t, sdk.FilterLogEventsInput{})
	size, missing := 0, 0
	for _, message := range got {
		var n int
		if _, err := fmt.Sscanf(message, "[alberti] %d lines", &n); err == nil {
			missing += n
		} else {
			size += len(message)
		}
	}
	if kept := size / (len(line) + 1); size > logs.MaxHeld || size < logs.MaxHeld*9/10 || kept+missing != 5000 {
		t.Errorf("%d bytes are kept, %d lines, and %d are said to be missing", size, kept, missing)
	}
	b.write(t, "s000", "again")
	if got := b.messages(t, sdk.FilterLogEventsInput{FilterPattern: aws.String("again")}); len(got) != 1 {
		t.Errorf("afterwards: %q", got)
	}
}

// TestDiskIsBounded: the newest lines of a group stay.
func TestDiskIsBounded(t *testing.T) {
	b := newBench(t)
	b.writer.Limit = 1 << 20
	line := strings.Repeat("x", 1000)
	for i := range 3000 {
		b.Advance(20 * time.Millisecond)
		b.writer.Write(group, fmt.Sprintf("s%d", i/500), b.Now(), fmt.Sprint(i, " ", line))
		if i%50 == 49 {
			b.flush(t)
		}
	}
	got := b.messages(t, sdk.FilterLogEventsInput{})
	if len(got) < 850 || len(got) > 1048 || !strings.HasPrefix(got[len(got)-1], "2999 ") || !strings.HasPrefix(got[0], fmt.Sprint(3000-len(got), " ")) {
		t.Errorf("%d lines are left", len(got))
	}
	groups, err := b.DescribeLogGroups(t.Context(), &sdk.DescribeLogGroupsInput{})
	if err != nil || len(groups.LogGroups) != 1 || *groups.LogGroups[0].StoredBytes > 1<<20 {
		t.Errorf("%+v, %v", groups, err)
	}
}

// TestRun writes by itself, removes nothing that is young, and writes what is left
// when it ends.
func TestRun(t *testing.T) {
	b := newBench(t)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.writer.Run(ctx) })
	b.writer.Write(group, "one", b.Now(), "first")
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	deadline := time.After(20 * time.Second)
	for {
		out, err := b.FilterLogEvents(t.Context(), &sdk.FilterLogEventsInput{LogGroupName: &group.Name})
		if err == nil && len(out.Events) == 1 {
			break
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatalf("nothing was written: %v", err)
		}
	}
	b.writer.Write(group, "one", b.Now(), "last")
	stop()
	running.Wait()
	if got := b.messages(t, sdk.FilterLogEventsInput{}); !slices.Equal(got, []string{"first\n", "last\n"}) {
		t.Error(got)
	}
}
