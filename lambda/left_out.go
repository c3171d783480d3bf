package lambda

import (
	"net/http"
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// leftOut are the parts of Lambda's API that are not served, by the segment of
// the path that they have to themselves. A part may be something that a function
// has or has not: whoever looks for it is told that there is none.
var leftOut = map[string]struct {
	what string
	has  bool
}{
	"capacity-providers":             {what: "Capacity providers are"},
	"code-signing-config":            {what: "Code signing configurations are"},
	"code-signing-configs":           {what: "Code signing configurations are"},
	"durable-execution-callbacks":    {what: "Durable executions are"},
	"durable-executions":             {what: "Durable executions are"},
	"event-source-mappings":          {what: "Event source mappings are"},
	"function-scaling-config":        {what: "Managed instances are"},
	"provisioned-concurrency":        {what: "Provisioned concurrency is", has: true},
	"response-streaming-invocations": {what: "Response streaming is"},
	"url":                            {what: "Function URLs are", has: true},
	"urls":                           {what: "Function URLs are"},
}

// partLeftOut says that a request is for a part that is left out, nil for any other.
func partLeftOut(r *http.Request) error {
	segments := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	if len(segments) < 2 {
		return nil
	}
	at := segments[1] // after the date
	if at == "functions" && len(segments) > 3 {
		at = segments[3] // after the function's name
	}
	part, left := leftOut[at]
	switch {
	case !left:
		return nil
	case part.has && r.Method == http.MethodGet:
		return errNoResource
	}
	return fault.New(fault.InvalidParameter, "%s not served here.", part.what)
}
