package awsjson

import (
	"cmp"
	"maps"
	"slices"
)

// HTTP is where a REST service has an operation. URI is a path whose segments
// may be {Member}, perhaps with a query that tells it from another.
type HTTP struct {
	Method string `json:"method"`
	URI    string `json:"requestUri"`
	Status int    `json:"responseCode"`
}

// Location is a member that travels outside the JSON document of a REST
// service. In is uri, querystring, header or statusCode, as botocore has it, or
// payload for the one that is the whole body; Name is what it is called there.
type Location struct{ Member, In, Name string }

// HTTP tells where an operation is; the zero value for one that is unknown.
func (m *Model) HTTP(operation string) HTTP {
	if o := m.operations[operation]; o != nil {
		return o.HTTP
	}
	return HTTP{}
}

// Locations lists the members of an operation's input and output that are not in
// its JSON, by name.
func (m *Model) Locations(operation string) (input, output []Location) {
	o := m.operations[operation]
	if o == nil {
		return nil, nil
	}
	return m.shape(o.Input).locations(), m.shape(o.Output).locations()
}

func (s *shape) locations() (out []Location) {
	if s == nil {
		return nil
	}
	for _, member := range slices.Sorted(maps.Keys(s.Members)) {
		ref := s.Members[member]
		switch {
		case member == s.Payload:
			out = append(out, Location{member, "payload", ""})
		case ref.Location != "":
			out = append(out, Location{member, ref.Location, cmp.Or(ref.LocationName, member)})
		}
	}
	return out
}
