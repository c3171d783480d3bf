package httpd

import (
	"net/http"

	"github.com/valyala/fasthttp"
)

// fields makes headers of net/http for the requests of one connection. Most of
// what these say they all say, and what was said before needs no new string.
type fields struct {
	header http.Header
	host   string
	all    []*field // in the order in which they came
	count  int
}

type field struct {
	name, value string
	values      [1]string // as the header has it
}

// maxKept is how many fields are remembered of a request.
const maxKept = 64

// read gives the header of a request and, apart from it as in net/http, the host.
func (f *fields) read(h *fasthttp.RequestHeader) (header http.Header, host string) {
	if f.header == nil || f.count > maxKept {
		*f = fields{header: http.Header{}}
	}
	clear(f.header)
	f.count = 0
	for name, value := range h.All() {
		if !apart(name) {
			f.add(name, value)
		}
	}
	f.host = again(f.host, h.Host())
	return f.header, f.host
}

// apart tells what a request has members for: its host, and how it is framed. (Of
// these, fasthttp makes up some that were not sent.)
func apart(name []byte) bool {
	switch string(name) {
	case "Host", "Content-Length", "Transfer-Encoding", "Connection":
		return true
	}
	return false
}

func (f *fields) add(name, value []byte) {
	if f.count == len(f.all) {
		f.all = append(f.all, new(field))
	}
	d := f.all[f.count]
	f.count++
	d.name, d.value = again(d.name, name), again(d.value, value)
	if before, twice := f.header[d.name]; twice {
		f.header[d.name] = append(before, d.value) // elsewhere: there is no room behind
		return
	}
	d.values[0] = d.value
	f.header[d.name] = d.values[:]
}

// again makes a string of b, or takes the one that it was.
func again(was string, b []byte) string {
	if was == string(b) {
		return was
	}
	return string(b)
}
