package httpd

import (
	"net/http"

	"github.com/valyala/fasthttp"
)

// fields makes a header of net/http of one of fasthttp. All its strings are parts
// of one, and its map and slices are used again.
type fields struct {
	header http.Header
	values []string
	text   []byte
	ends   []int // in text: of a name, of its value, of the next name …
}

// read gives the header and, apart from it as in net/http, the host.
func (f *fields) read(h *fasthttp.RequestHeader) (header http.Header, host string) {
	f.text = append(f.text[:0], h.Host()...)
	f.ends = append(f.ends[:0], len(f.text))
	for name, value := range h.All() {
		if apart(name) {
			continue
		}
		f.text = append(f.text, name...)
		f.ends = append(f.ends, len(f.text))
		f.text = append(f.text, value...)
		f.ends = append(f.ends, len(f.text))
	}
	if f.header == nil {
		f.header = http.Header{}
	}
	text, ends := string(f.text), f.ends
	for i := 2; i < len(ends); i += 2 {
		f.put(text[ends[i-2]:ends[i-1]], text[ends[i-1]:ends[i]])
	}
	return f.header, text[:ends[0]]
}

// apart tells what net/http does not keep among the headers: the host, and how the
// body is framed.
func apart(name []byte) bool {
	return string(name) == "Host" || string(name) == "Transfer-Encoding"
}

func (f *fields) put(name, value string) {
	if before, again := f.header[name]; again {
		f.header[name] = append(before, value)
		return
	}
	f.values = append(f.values, value)
	n := len(f.values)
	f.header[name] = f.values[n-1 : n : n] // to append to it makes another one
}

func (f *fields) clear() {
	clear(f.header)
	clear(f.values)
	f.values = f.values[:0]
}
