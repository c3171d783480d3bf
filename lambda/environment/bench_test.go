package environment_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// least is a function of a runtime that does nothing.
func least(b *testing.B, runtime string) *environment.Function {
	b.Helper()
	switch {
	case strings.HasPrefix(runtime, "python"):
		return function(b, runtime, "def handler(event, context):\n    return event\n")
	case strings.HasPrefix(runtime, "nodejs"):
		return function(b, runtime, "export const handler = async (event) => event\n")
	}
	return providedFunction(b)
}

var runtimes = []string{"python3.12", "nodejs20.x", "provided.al2023"}

func benchmarkEach(b *testing.B, run func(b *testing.B, p *environment.Pool, f *environment.Function)) {
	for _, runtime := range runtimes {
		for name, without := range map[string]bool{"bubblewrap": false, "bare": true} {
			b.Run(runtime+"/"+name, func(b *testing.B) {
				p := newPool(b, environment.Config{WithoutBubblewrap: without})
				run(b, p, least(b, runtime))
			})
		}
	}
}

// BenchmarkWarmInvoke is an invocation of an environment that waits.
func BenchmarkWarmInvoke(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, p *environment.Pool, f *environment.Function) {
		succeed(b, p, f, `{"Step":"createSecret"}`)
		for b.Loop() {
			succeed(b, p, f, `{"Step":"createSecret"}`)
		}
	})
}

// BenchmarkColdStart is an invocation with all that comes before the first:
// unpacking, the process, its initialisation; and the end of the one before.
func BenchmarkColdStart(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, p *environment.Pool, f *environment.Function) {
		succeed(b, p, f, "{}") // finds the interpreter
		for b.Loop() {
			f.Revision = uuid.NewString()
			succeed(b, p, f, "{}")
		}
	})
}

// BenchmarkRestricted are both of a function that is restricted to network targets.
func BenchmarkRestricted(b *testing.B) {
	for _, runtime := range runtimes {
		p := newRestricting(b, nil)
		f := restrict(least(b, runtime), "db.example.com:5432 10.0.0.1:5432")
		succeed(b, p, f, "{}")
		b.Run(runtime+"/warm", func(b *testing.B) {
			for b.Loop() {
				succeed(b, p, f, `{"Step":"createSecret"}`)
			}
		})
		b.Run(runtime+"/cold", func(b *testing.B) {
			for b.Loop() {
				f.Revision = uuid.NewString()
				succeed(b, p, f, "{}")
			}
		})
	}
}

// BenchmarkBareInterpreter is what of a cold start is not ours.
func BenchmarkBareInterpreter(b *testing.B) {
	for name, args := range map[string][]string{
		"python": {"/usr/bin/python3", "-c", "import json, http.client, logging"},
		"node":   {"node", "-e", "require('node:http')"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
					b.Fatalf("%v\n%s", err, out)
				}
			}
		})
	}
}

// BenchmarkIdleMemory is what an environment costs that waits: resident, with what
// its processes share with others, and without.
func BenchmarkIdleMemory(b *testing.B) {
	benchmarkEach(b, func(b *testing.B, p *environment.Pool, f *environment.Function) {
		var stream string
		c := environment.Config{Sink: func(l environment.LogLine) { stream = l.Stream }}
		c.WithoutBubblewrap = !holds(p, environment.OwnFiles)
		own := newPool(b, c)
		for b.Loop() {
			succeed(b, own, f, "{}")
		}
		b.ReportMetric(0, "ns/op")
		for _, what := range []string{"Rss", "Pss"} {
			b.ReportMetric(memoryOf(stream, what), what+"-MB")
		}
	})
}

// memoryOf sums a figure of /proc/PID/smaps_rollup over an environment.
func memoryOf(stream, what string) (mb float64) {
	for _, pid := range pidsOf(stream) {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		_, rest, _ := strings.Cut(string(text), "\n"+what+":")
		var kb float64
		fmt.Sscan(rest, &kb)
		mb += kb / 1024
	}
	return mb
}
