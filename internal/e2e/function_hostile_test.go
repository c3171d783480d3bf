package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

const handles = "def handler(event, context):\n    "

// hostile are functions that harm whom they can: within their limits, themselves.
var hostile = map[string]struct {
	function lambda.CreateFunctionInput
	seconds  int32
	failure  []string // of the error that an invocation gets, and the history of a rotation
}{
	"infinite loop":    {inPython(handles + "while True: pass"), 2, []string{"Sandbox.Timedout", "Task timed out after 2.00 seconds"}},
	"fork bomb":        {inBash("bomb() { bomb | bomb & }; bomb; while :; do :; done"), 1, []string{"RequestId: "}}, // it may end itself
	"memory":           {inPython(handles + "kept = []\n    while True: kept.append(bytearray(b'x' * (8 << 20)))"), 20, []string{"Runtime.ExitError", "Runtime exited with error: signal: killed"}},
	"gigabytes of log": {inPython(handles + "while True: print(('x' * 999 + '\\n') * 1000)"), 2, []string{"Sandbox.Timedout"}},
	"large response":   {inPython(handles + "return 'x' * (10 << 20)"), 20, []string{"Function.ResponseSizeTooLarge", "Response payload size exceeded maximum allowed payload size (6291556 bytes)."}},
	"no handler":       {inPython("def other(event, context): pass"), 20, []string{"Runtime.HandlerNotFound", "Handler 'handler' missing on module 'index'"}},
	"no module":        {inFiles("python3.12", files{"other.py": handles + "pass"}), 20, []string{"Runtime.ImportModuleError", "Unable to import module 'index': No module named 'index'"}},
	"no handler, node": {inFiles("nodejs20.x", files{"index.mjs": "export const other = 1"}), 20, []string{"Runtime.HandlerNotFound", "index.handler is undefined or not exported"}},
	"no bootstrap":     {inFiles("provided.al2023", files{"main": ""}), 20, []string{"Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"}},
	"bootstrap exits":  {inBash("exit 0"), 20, []string{"Runtime.ExitError", "Runtime exited without providing a reason"}},
	"bootstrap fails":  {inBash("exit 3"), 20, []string{"Runtime.ExitError", "Runtime exited with error: exit status 3"}},
}

// inBash is a function of the provided runtime.
func inBash(script string) lambda.CreateFunctionInput {
	return inFiles("provided.al2023", files{"bootstrap!": "#!/bin/sh\n" + script + "\n"})
}

// TestHostileFunctions: what such a function does to itself is told as AWS tells
// it, to whoever invokes it and in the history of its rotation; meanwhile the
// server works, and another secret rotates.
func TestHostileFunctions(t *testing.T) {
	t.Parallel()
	s := serve(t)
	for name, c := range hostile {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.within(t)
			a := s.author()
			c.function.Timeout = &c.seconds
			arn := a.bring(named(name), c.function)
			r := s.rotatingBy(arn, newUser(t))
			r.Rotate()

			other := s.newRotating(single)
			other.Rotate()
			other.Succeeds()
			other.Rotated(other.First)

			a.fails(arn, "{}", c.failure...)
			r.failed("createSecret", c.failure...)
			r.untouched()
			if name == "gigabytes of log" {
				s.keptLittle(named(name))
			}
		})
	}
}

// named is a name for a function of a case.
func named(what string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == ',' {
			return '-'
		}
		return r
	}, what)
}

// keptLittle wants the log of a function to be cut, and the store to be small.
func (s *server) keptLittle(name string) {
	s.t.Helper()
	logs := cloudwatchlogs.NewFromConfig(s.config())
	eventually(s.t, "the log says that it was cut", func() (bool, any) {
		out, err := logs.FilterLogEvents(s.t.Context(), &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: aws.String("/aws/lambda/" + name), FilterPattern: aws.String(`?"is not kept" ?"were left out"`),
		})
		return err == nil && len(out.Events) > 0, err
	})
	const most = 100 << 20
	var size int64
	for _, end := range []string{"", "-wal"} {
		info, err := os.Stat(filepath.Join(s.Data, "alberti.db"+end))
		if err != nil {
			s.t.Fatal(err)
		}
		size += info.Size()
	}
	if size > most {
		s.t.Errorf("the store takes %d bytes", size)
	}
}

// TestHostilePackages are refused, and leave nothing.
func TestHostilePackages(t *testing.T) {
	t.Parallel()
	s := serve(t)
	a := s.author()
	role := a.role("any", rotationPolicy(""))
	good := a.bring("good", inPython(handles+"return 'good'"))
	for name, c := range map[string]struct {
		zip  []byte
		text string
	}{
		"out of its folder": {files{"index.py": "", "../../../../tmp/evil.py": ""}.zip(), "Could not unzip uploaded file."},
		"absolute":          {files{"/etc/cron.d/evil": ""}.zip(), "Could not unzip uploaded file."},
		"bomb":              {files{"zeros": string(make([]byte, 251<<20))}.zip(), "Unzipped size must be smaller than 262144000 bytes"},
		"no zip":            {[]byte("#!/bin/sh"), "Could not unzip uploaded file."},
	} {
		in := inFiles("python3.12", nil)
		in.FunctionName, in.Role, in.Code.ZipFile = aws.String(named(name)), &role, c.zip
		_, err := a.CreateFunction(t.Context(), &in)
		wantCode(t, err, "InvalidParameterValueException", c.text)
		_, err = a.GetFunction(t.Context(), &lambda.GetFunctionInput{FunctionName: in.FunctionName})
		wantCode(t, err, "ResourceNotFoundException", "Function not found")
		_, err = a.UpdateFunctionCode(t.Context(), &lambda.UpdateFunctionCodeInput{FunctionName: &good, ZipFile: c.zip})
		wantCode(t, err, "InvalidParameterValueException", c.text)
	}
	a.returns(good, "{}", `"good"`)
}
