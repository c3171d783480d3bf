package sigv4

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// appendCanonicalRequest appends the text of r that is hashed and signed. It
// works on a request to be sent as on one received: net/http keeps the host,
// and sometimes the length, outside the headers.
func appendCanonicalRequest(b []byte, r *http.Request, signedHeaders string, bodyHash []byte) []byte {
	b = append(b, r.Method...)
	b = append(b, '\n')
	b = appendPath(b, r.URL)
	b = append(b, '\n')
	b = appendQuery(b, r.URL.RawQuery)
	b = append(b, '\n')
	for name := range strings.SplitSeq(signedHeaders, ";") {
		b = append(b, name...)
		b = append(b, ':')
		b = appendHeader(b, r, name)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, signedHeaders...)
	b = append(b, '\n')
	return append(b, bodyHash...)
}

// appendPath appends the path, escaped once more than it travels: the rule for
// every service but S3.
func appendPath(b []byte, u *url.URL) []byte {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return appendEscaped(b, path, '/')
}

// appendQuery appends the query sorted by name and then value, both in the one
// escaping that SigV4 knows. As in net/url, "+" is a space.
func appendQuery(b []byte, raw string) []byte {
	if raw == "" {
		return b
	}
	var pairs []string
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		p := appendEscaped(nil, unescaped(name), 0)
		// A space sorts before every escaped character, as the end of the name must.
		p = append(p, ' ')
		pairs = append(pairs, string(appendEscaped(p, unescaped(value), 0)))
	}
	slices.Sort(pairs)
	for i, pair := range pairs {
		if i > 0 {
			b = append(b, '&')
		}
		name, value, _ := strings.Cut(pair, " ")
		b = append(b, name...)
		b = append(b, '=')
		b = append(b, value...)
	}
	return b
}

// unescaped undoes the client's escaping; what is not an escape stays as it is.
func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// appendEscaped percent-encodes all but RFC 3986's unreserved characters and keep.
func appendEscaped(b []byte, s string, keep byte) []byte {
	const hex = "0123456789ABCDEF"
	for i := range len(s) {
		c := s[i]
		if unreserved(c) || c == keep && keep != 0 {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return b
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

// appendHeader appends the values of one header, trimmed and joined by commas.
// A header that is signed but not there has an empty value.
func appendHeader(b []byte, r *http.Request, name string) []byte {
	switch name {
	case "host":
		return appendCollapsed(b, host(r))
	case "content-length":
		return strconv.AppendInt(b, r.ContentLength, 10)
	}
	for i, value := range headerValues(r.Header, name) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendCollapsed(b, value)
	}
	return b
}

func host(r *http.Request) string {
	if r.Host != "" {
		return r.Host
	}
	return r.URL.Host
}

// headerValues is h.Values(name) for a lower-case name; it saves the hot path
// the allocation of the canonical name.
func headerValues(h http.Header, name string) []string {
	var key [64]byte
	if len(name) > len(key) {
		return h.Values(name)
	}
	start := true
	for i := range len(name) {
		c := name[i]
		if start && 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		key[i] = c
		start = c == '-'
	}
	return h[string(key[:len(name)])]
}

// appendCollapsed appends a header value without outer white space and with
// every run of spaces made one.
func appendCollapsed(b []byte, value string) []byte {
	value = strings.TrimSpace(value)
	if !strings.Contains(value, "  ") {
		return append(b, value...)
	}
	for i := range len(value) {
		if value[i] != ' ' || value[i-1] != ' ' {
			b = append(b, value[i])
		}
	}
	return b
}
