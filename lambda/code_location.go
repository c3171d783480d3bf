package lambda

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/function"
)

// codePath is where code is downloaded from without a signature: what follows
// is a sealed token that says which, and until when.
const codePath = "/2015-03-31/code/"

// locationLife is how long a location is good for (lambda.md, 2.4).
const locationLife = 10 * time.Minute

// located is what a token says.
type located struct {
	Owner  string // the ARN of what the code is for
	Key    int64  // of the code
	SHA256 string
	Name   string // of the file
	Until  int64  // in seconds since 1970
}

var codeTokens = door.Query("code location")

// codeLocation is where the caller can download a version's code.
func (s *Service) codeLocation(c *call, f *function.Function, v *function.Version) string {
	return s.locationOf(c, located{Owner: f.Ref().ARN(), Key: v.Code.Key, SHA256: v.Code.SHA256, Name: f.Name})
}

// locationOf is where the caller can download code for a while.
func (s *Service) locationOf(c *call, l located) string {
	l.Until = s.Store.Now().Add(locationLife).Unix()
	return c.base + codePath + door.SealPlace(s.Pages, codeTokens, l)
}

// serveCode answers a download. Whoever has the location was allowed to read the
// function, and that was audited.
func (s *Service) serveCode(w http.ResponseWriter, r *http.Request) {
	var l located
	err := door.OpenPlace(s.Pages, strings.TrimPrefix(r.URL.Path, codePath), codeTokens, &l)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		http.Error(w, "GET only", http.StatusMethodNotAllowed)
		return
	case err != nil || s.Store.Now().Unix() >= l.Until:
		http.Error(w, "this location of code is not, or no longer, a good one: call GetFunction for another", http.StatusForbidden)
		return
	}
	archive, err := s.code(r.Context(), l.Owner, function.Code{Key: l.Key, SHA256: l.SHA256})
	if err != nil {
		s.Log.Warn("code cannot be downloaded", "function", l.Owner, "error", err)
		http.Error(w, "the code is gone", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Length", strconv.Itoa(len(archive)))
	h.Set("Content-Disposition", `attachment; filename="`+l.Name+`.zip"`)
	w.Write(archive) // fails only when the client is gone
}
