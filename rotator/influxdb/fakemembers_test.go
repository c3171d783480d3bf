package influxdb_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// fakeThing is an organization or a bucket, and who belongs to it.
type fakeThing struct {
	id, org string
	roles   map[string]string // members or owners, by user
}

func newThing(id, org string) *fakeThing { return &fakeThing{id, org, map[string]string{}} }

// bucket makes a bucket.
func (f *fake) bucket() *fakeThing {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := newThing(f.id(), orgID)
	f.buckets = append(f.buckets, b)
	return b
}

// join gives a user a role, as a person does; an empty one takes it away.
func (f *fake) join(t *fakeThing, u *fakeUser, role string) {
	f.with(func() {
		delete(t.roles, u.ID)
		if role != "" {
			t.roles[u.ID] = role
		}
	})
}

// roleOf is a user's role.
func (f *fake) roleOf(t *fakeThing, u *fakeUser) (role string) {
	f.with(func() { role = t.roles[u.ID] })
	return role
}

// permissionsOf are those of a user's memberships (authz.go, OwnerPermissions and
// MemberPermissions; a bucket's owner has none).
func (f *fake) permissionsOf(u *fakeUser) []map[string]any {
	all := slices.Clone(u.permissions)
	for _, o := range f.orgs {
		var actions []string
		switch o.roles[u.ID] {
		case "owners":
			actions = []string{"read", "write"}
		case "members":
			actions = []string{"read"}
		}
		for _, action := range actions {
			all = append(all, permit(action, "orgs", o.id, ""))
			for _, kind := range []string{"authorizations", "buckets", "tasks", "users"} {
				all = append(all, permit(action, kind, "", o.id))
			}
		}
	}
	for _, b := range f.buckets {
		if b.roles[u.ID] == "members" {
			all = append(all, permit("read", "buckets", b.id, ""))
		}
	}
	return all
}

func (f *fake) servePermissions(w http.ResponseWriter, c caller, path string) {
	id := strings.TrimSuffix(strings.TrimPrefix(path, "users/"), "/permissions")
	if !c.may("read", "users", id, "") {
		refuse(w, 401, "unauthorized", "read:users/"+id+" is unauthorized")
		return
	}
	json.NewEncoder(w).Encode(f.permissionsOf(f.byID(id)))
}

// serveUsers finds a user, or makes one.
func (f *fake) serveUsers(w http.ResponseWriter, r *http.Request, c caller) {
	var u fakeUser
	wanted := r.URL.Query().Get("name")
	if r.Method == http.MethodPost {
		if err := json.NewDecoder(r.Body).Decode(&u); err != nil {
			refuse(w, 400, "invalid", err.Error())
			return
		}
		wanted = u.Name
	}
	i := slices.IndexFunc(f.users, func(u *fakeUser) bool { return u.Name == wanted })
	switch {
	case r.Method == http.MethodGet && i < 0:
		refuse(w, 404, "not found", "user not found")
	case r.Method == http.MethodGet && !c.may("read", "users", f.users[i].ID, ""):
		json.NewEncoder(w).Encode(map[string]any{"users": []any{}})
	case r.Method == http.MethodGet:
		json.NewEncoder(w).Encode(map[string]any{"users": []any{f.users[i]}})
	case !c.may("write", "users", "", ""):
		refuse(w, 401, "unauthorized", "write:users is unauthorized")
	case i >= 0:
		refuse(w, 422, "conflict", "user with name "+wanted+" already exists")
	default:
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(f.newUser(u))
	}
}

// serveMembers gives and takes roles.
func (f *fake) serveMembers(w http.ResponseWriter, r *http.Request, c caller, path string) {
	parts := strings.Split(path, "/") // KIND, ID, ROLE and perhaps USER
	all := f.orgs
	if parts[0] == "buckets" {
		all = f.buckets
	}
	i := slices.IndexFunc(all, func(t *fakeThing) bool { return t.id == parts[1] })
	if i < 0 || len(parts) < 3 {
		refuse(w, 404, "not found", "404 page not found")
		return
	}
	t := all[i]
	if !c.may("write", parts[0], t.id, t.org) {
		refuse(w, 401, "unauthorized", "write:"+path+" is unauthorized")
		return
	}
	var body struct{ ID string }
	switch {
	case r.Method == http.MethodDelete && len(parts) == 4 && t.roles[parts[3]] != "":
		delete(t.roles, parts[3])
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodPost || json.NewDecoder(r.Body).Decode(&body) != nil:
		refuse(w, 404, "not found", "user to resource mapping not found")
	case t.roles[body.ID] != "":
		refuse(w, 500, "internal error", "mapping for user "+body.ID+" already exists")
	default:
		t.roles[body.ID] = parts[2]
		w.WriteHeader(http.StatusCreated)
		json.NewEncoder(w).Encode(f.byID(body.ID))
	}
}
