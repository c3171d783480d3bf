package environment

import (
	"bytes"
	"fmt"
	"math"
	"sync"
	"time"
)

const (
	tailSize = 4 << 10   // of an invocation's log goes to the caller who asks
	maxLine  = 256 << 10 // of one event; longer ones are split
)

// journal is the log stream of one environment: what the function writes, and the
// platform's own lines (lambda.md, 3.5).
type journal struct {
	stream          string
	group           string
	region, account string
	sink            func(LogLine)
	now             func() time.Time
	max             int

	mu   sync.Mutex
	line []byte // that is not ended yet
	tail []byte // of the current invocation
	kept int    // bytes of the current invocation that went to the sink
}

func newJournal(c Config, f *Function) *journal {
	return &journal{
		stream: c.Now().UTC().Format("2006/01/02") + "/[" + f.Version + "]" + newID(),
		group:  logGroup(f), region: arnPart(f.ARN, 3), account: arnPart(f.ARN, 4), sink: c.Sink, now: c.Now, max: c.MaxLog,
	}
}

func logGroup(f *Function) string { return "/aws/lambda/" + f.Name }

// begin starts the log of another invocation.
func (j *journal) begin() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.tail, j.kept = j.tail[:0], 0
}

// Write takes what the function wrote; it never fails.
func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for rest := b; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			end = len(rest)
		}
		end = min(end, maxLine-len(j.line))
		j.line = append(j.line, rest[:end]...)
		if rest = rest[end:]; len(j.line) == maxLine || j.line[len(j.line)-1] == '\n' {
			j.endLine()
		}
	}
	return len(b), nil
}

// platform writes a line of our own, after what the function wrote so far. It is
// never dropped.
func (j *journal) platform(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.breakLine()
	j.keep(fmt.Appendf(nil, format+"\n", args...))
}

// note writes a line of our own that the function can cause as often as it likes:
// it counts as the function's.
func (j *journal) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.breakLine()
	j.line = fmt.Appendf(j.line, format+"\n", args...)
	j.endLine()
}

// breakLine ends a line that the function has not ended yet.
func (j *journal) breakLine() {
	if len(j.line) > 0 {
		j.line = append(j.line, '\n')
		j.endLine()
	}
}

// endLine keeps the line, unless the invocation has said enough.
func (j *journal) endLine() {
	had := j.kept
	j.kept += len(j.line)
	switch {
	case j.kept <= j.max:
		j.keep(j.line)
	case had <= j.max:
		j.keep(fmt.Appendf(nil, "The rest of this invocation's log is not kept: it is larger than %d bytes\n", j.max))
	}
	j.line = j.line[:0]
}

func (j *journal) keep(line []byte) {
	j.tail = append(j.tail, line...)
	if over := len(j.tail) - tailSize; over > 0 {
		j.tail = append(j.tail[:0], j.tail[over:]...)
	}
	j.sink(LogLine{Account: j.account, Region: j.region, Group: j.group, Stream: j.stream, Time: j.now(), Message: string(line)})
}

// lastOf is the end of the current invocation's log.
func (j *journal) lastOf() []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	return bytes.Clone(j.tail)
}

// reportLine is the last line of an invocation.
func reportLine(id string, memoryMB int, status string, out Outcome) string {
	billed := out.Duration + out.InitDuration
	line := fmt.Sprintf("REPORT RequestId: %s\tDuration: %s\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB\t",
		id, milliseconds(out.Duration), int64(math.Ceil(float64(billed)/float64(time.Millisecond))), memoryMB, out.MaxMemoryMB)
	if out.InitDuration > 0 {
		line += "Init Duration: " + milliseconds(out.InitDuration) + "\t"
	}
	if status != "" {
		line += "Status: " + status
	}
	return line
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}
