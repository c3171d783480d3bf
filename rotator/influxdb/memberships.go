package influxdb

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/alberti-dev/alberti/rotator/internal/level"
)

// memberships reads of a user's permissions what it is a member or an owner of, as
// rights in requests for another. The API lists who belongs to a thing, and not
// what a user belongs to; but each membership has permissions of its own: an
// owner's are to write an organization, a member's to read it or a bucket
// (tenant/service_user.go, FindPermissionForUser).
func memberships(permissions []permission, of, other *user) (out []level.Right) {
	roles := map[string]string{} // by organization
	for _, p := range permissions {
		if p.Resource.Type != orgs || p.Resource.ID == "" {
			continue
		}
		if p.Action == writes {
			roles[p.Resource.ID] = "owners"
		} else if roles[p.Resource.ID] == "" {
			roles[p.Resource.ID] = "members"
		}
	}
	for _, p := range permissions {
		at := p.Resource
		switch {
		case p.isOwn(of), roles[at.OrgID] != "": // everybody's, or those of a role
		case at.Type == orgs && roles[at.ID] != "":
			out = append(out, membership(orgs, at.ID, roles[at.ID], other))
		case at.Type == buckets && at.ID != "" && p.Action != writes:
			out = append(out, membership(buckets, at.ID, "members", other))
		default: // an operator's, which no request gives
			out = append(out, level.Right{Name: "the permission to " + p.String()})
		}
	}
	return out
}

func membership(kind, id, role string, other *user) level.Right {
	path := "/" + kind + "/" + url.PathEscape(id) + "/" + role
	return level.Right{
		Name: "a place among the " + role + " of " + kind + " " + id,
		Give: http.MethodPost + " " + path,
		Take: http.MethodDelete + " " + path + "/" + url.PathEscape(other.ID),
	}
}

// join makes the requests of memberships.
func (s *session) join(other *user) func(context.Context, string) error {
	return func(ctx context.Context, request string) error {
		method, path, _ := strings.Cut(request, " ")
		var body any
		if method == http.MethodPost {
			body = map[string]string{"id": other.ID}
		}
		return s.api.do(ctx, method, path, body, nil)
	}
}
