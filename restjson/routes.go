package restjson

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is a Route that is ready to be matched and bound.
type route struct {
	Route
	segments      []string // {Member} or literal
	name          string   // of a parameter that the query must have
	value         string   // which it must have
	input, output binding
}

// routes finds routes by method and number of segments.
type routes map[routeKey][]*route

type routeKey struct {
	method   string
	segments int
}

func (rs routes) add(r *route) error {
	path, query, _ := strings.Cut(r.Pattern, "?")
	r.segments = segmentsOf(path)
	r.name, r.value, _ = strings.Cut(query, "=")
	key := routeKey{r.Method, len(r.segments)}
	for _, other := range rs[key] {
		if slices.Equal(other.segments, r.segments) && other.name == r.name && other.value == r.value {
			return fmt.Errorf("%s and %s share %s %s", other.Operation, r.Operation, r.Method, r.Pattern)
		}
	}
	if r.name != "" { // before those that any query fits
		rs[key] = slices.Insert(rs[key], 0, r)
	} else {
		rs[key] = append(rs[key], r)
	}
	return nil
}

// segmentsOf splits an encoded path. Older clients end it with a slash.
func segmentsOf(path string) []string {
	return strings.Split(strings.Trim(path, "/"), "/")
}

// find gives the route of a request, and what its path holds; nil for none. The
// path is split before it is decoded: a function's ARN, or a name with a slash,
// is one segment.
func (rs routes) find(r *http.Request) (*route, map[string]string) {
	given := segmentsOf(r.URL.EscapedPath())
	for _, candidate := range rs[routeKey{r.Method, len(given)}] {
		if candidate.name != "" && r.URL.Query().Get(candidate.name) != candidate.value {
			continue
		}
		if held, ok := candidate.match(given); ok {
			return candidate, held
		}
	}
	return nil, nil
}

func (r *route) match(given []string) (map[string]string, bool) {
	var held map[string]string
	for i, segment := range r.segments {
		member, isMember := strings.CutPrefix(segment, "{")
		if !isMember {
			if segment != given[i] {
				return nil, false
			}
			continue
		}
		text, err := url.PathUnescape(given[i])
		if err != nil {
			return nil, false
		}
		if held == nil {
			held = make(map[string]string, 2)
		}
		held[strings.TrimSuffix(member, "}")] = text
	}
	return held, true
}
