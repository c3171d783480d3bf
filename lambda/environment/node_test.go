package environment_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

func TestNode(t *testing.T) {
	t.Parallel()
	eachIsolation(t, environment.Config{}, func(t *testing.T, p *environment.Pool) {
		f := function(t, "nodejs20.x", `
import { setTimeout } from "node:timers/promises";
let calls = 0;
await setTimeout(1);
export const handler = async (event, context) => {
  console.log("line one\nline two", { a: 1 });
  return { event, calls: ++calls, id: context.awsRequestId, arn: context.invokedFunctionArn,
    left: context.getRemainingTimeInMillis(), colour: process.env.COLOUR, home: process.env.HOME };
};
`)
		for call := 1; call <= 3; call++ {
			out := invoke(t, p, f, `"é"`)
			var got struct {
				Event, ID, ARN, Colour string
				Home                   *string
				Calls, Left            int
			}
			if err := json.Unmarshal(out.Payload, &got); err != nil {
				t.Fatalf("%s: %v\n%s", out.Payload, err, out.Log)
			}
			if got.Event != "é" || got.Calls != call || got.ARN != f.ARN || got.Colour != "green" || got.Home != nil || got.Left < 10_000 || got.Left > 20_000 {
				t.Errorf("call %d: %s", call, out.Payload)
			}
			if want := got.ID + "\tINFO\tline one\rline two { a: 1 }\n"; !strings.Contains(string(out.Log), want) {
				t.Errorf("the log %q has no %q", out.Log, want)
			}
		}
	})
}

// TestNodeStyles runs each way in which a handler may answer, and be found.
func TestNodeStyles(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	for name, c := range map[string]struct {
		files         map[string]string
		handler, want string
	}{
		"CommonJS":       {map[string]string{"index.js": "exports.handler = async () => 1"}, "index.handler", "1"},
		"module in .js":  {map[string]string{"index.js": "export const handler = async () => 2", "package.json": `{"type":"module"}`}, "index.handler", "2"},
		".cjs":           {map[string]string{"index.cjs": "exports.handler = async () => 3"}, "index.handler", "3"},
		"folder, nested": {map[string]string{"src/app.js": "exports.all = {rotate: async () => 4}"}, "src/app.all.rotate", "4"},
		"callback":       {map[string]string{"index.js": "exports.handler = (e, c, done) => setTimeout(() => done(null, 5), 5)"}, "index.handler", "5"},
		"callback that does not wait": {map[string]string{"index.js": `exports.handler = (e, c, done) => {
			c.callbackWaitsForEmptyEventLoop = false; setInterval(() => {}, 1000); done(null, 6) }`}, "index.handler", "6"},
		"callback that waits": {map[string]string{"index.js": `let late = 0; exports.handler = (e, c, done) => {
			const answer = {}; setTimeout(() => { answer.late = 7 }, 20); done(null, answer) }`}, "index.handler", `{"late":7}`},
		"context.succeed": {map[string]string{"index.js": "exports.handler = (e, c) => c.succeed(8)"}, "index.handler", "8"},
		"nothing":         {map[string]string{"index.js": "exports.handler = () => {}"}, "index.handler", "null"},
		"undefined":       {map[string]string{"index.js": "exports.handler = async () => {}"}, "index.handler", "null"},
		"never settles":   {map[string]string{"index.js": "exports.handler = () => new Promise(() => {})"}, "index.handler", "null"},
		"dependency":      {map[string]string{"index.mjs": "import nine from 'nine'; export const handler = async () => nine", "node_modules/nine/index.js": "module.exports = 9"}, "index.handler", "9"},
	} {
		t.Run(name, func(t *testing.T) {
			f := of(t, "nodejs20.x", c.files)
			f.Handler = c.handler
			for range 2 {
				if got := succeed(t, p, f, "{}"); got != c.want {
					t.Errorf("result %s, want %s", got, c.want)
				}
			}
		})
	}
}

func TestNodeFailures(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	for name, c := range map[string]struct {
		source, handler string
		want            []string
	}{
		"throws":              {"export const handler = async () => { throw new TypeError('no such user') }", "", []string{`{"errorType":"TypeError","errorMessage":"no such user","trace":["TypeError: no such user","    at `}},
		"throws at once":      {"export const handler = () => { throw new Error('now') }", "", []string{`{"errorType":"Error","errorMessage":"now"`}},
		"throws a string":     {"export const handler = async () => { throw 'words' }", "", []string{`{"errorType":"string","errorMessage":"words","trace":[]}`}},
		"calls back":          {"export const handler = (e, c, done) => done(new RangeError('far'))", "", []string{`{"errorType":"RangeError","errorMessage":"far"`}},
		"import":              {"import 'nothing-like-it'", "", []string{`"errorType":"Runtime.ImportModuleError"`, `Cannot find package 'nothing-like-it'`}},
		"raises in init":      {"throw new Error('not today')", "", []string{`{"errorType":"Error","errorMessage":"not today"`}},
		"syntax":              {"export const handler = (", "", []string{`"errorType":"Runtime.UserCodeSyntaxError","errorMessage":"SyntaxError: `}},
		"no handler":          {"export const x = 1", "", []string{`"errorType":"Runtime.HandlerNotFound","errorMessage":"index.handler is undefined or not exported"`}},
		"no function":         {"export const handler = 1", "", []string{`index.handler is not a function`}},
		"no module":           {"", "other.handler", []string{`"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module './other'`}},
		"bad name":            {"", "index", []string{`"errorType":"Runtime.MalformedHandlerName","errorMessage":"Bad handler"`}},
		"leads out":           {"", "../x.h", []string{`'../x.h' is not a valid handler name. Use absolute paths`}},
		"exit 0":              {"export const handler = async () => process.exit(0)", "", []string{`Error: Runtime exited without providing a reason"}`}},
		"exit 3":              {"export const handler = async () => process.exit(3)", "", []string{`Error: Runtime exited with error: exit status 3"}`}},
		"thrown in a timer":   {"export const handler = (e, c, done) => { setTimeout(() => { throw new Error('later') }, 1) }", "", []string{`{"errorType":"Error","errorMessage":"later"`}},
		"rejected, unhandled": {"export const handler = (e, c, done) => { Promise.reject(new Error('lost')) }", "", []string{`"errorType":"Runtime.UnhandledPromiseRejection","errorMessage":"Error: lost"`}},
	} {
		t.Run(name, func(t *testing.T) {
			f := function(t, "nodejs20.x", c.source)
			if c.handler != "" {
				f.Handler = c.handler
			}
			for range 2 {
				expectFailure(t, invoke(t, p, f, "{}"), c.want...)
			}
		})
	}
	works(t, p)
}

func TestNode24RefusesCallbacks(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := function(t, "nodejs24.x", "export const handler = (event, context, callback) => callback(null, 1)")
	expectFailure(t, invoke(t, p, f, "{}"), "Runtime.CallbackHandlerDeprecated")
}

func TestNodeLogsWhatItThrew(t *testing.T) {
	t.Parallel()
	p := newPool(t, environment.Config{})
	f := function(t, "nodejs20.x", "export const handler = async () => { throw new Error('logged') }")
	out := invoke(t, p, f, "{}")
	if !regexp.MustCompile(`(?m)^\S+Z\t\S+\tERROR\tInvoke Error \t\{"errorType":"Error","errorMessage":"logged",.*"stack":\[`).Match(out.Log) {
		t.Errorf("the log is %q", out.Log)
	}
}
