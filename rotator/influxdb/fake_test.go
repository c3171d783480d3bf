package influxdb_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fake is the part of InfluxDB's API that the engine uses. The server itself cannot
// be built or had here: what this does was read in the source of 2.7.12 (packages
// session, tenant, authorization, http).
type fake struct {
	*httptest.Server
	mu       sync.Mutex
	users    []*fakeUser
	sessions map[string]*fakeUser
	auths    []*fakeAuth
	orgs     []*fakeThing
	buckets  []*fakeThing
	made     int
	hides    bool // keeps hashes, and tells no token that it has told before

	// cut takes over a request, before or after it was done: the connection breaks.
	cut func(r *http.Request, after bool) bool
}

type fakeUser struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	OAuthID     string `json:"oauthID,omitempty"`
	Status      string `json:"status"`
	password    string
	permissions []map[string]any // beside those of memberships
}

type fakeAuth struct {
	ID          string           `json:"id"`
	Token       string           `json:"token,omitempty"`
	Status      string           `json:"status"`
	Description string           `json:"description"`
	OrgID       string           `json:"orgID"`
	UserID      string           `json:"userID"`
	Permissions []map[string]any `json:"permissions"`
}

const orgID = "0a0b0c0d0e0f0001"

func newFake(t *testing.T) *fake {
	f := &fake{sessions: map[string]*fakeUser{}, orgs: []*fakeThing{newThing(orgID, orgID)}}
	f.Server = httptest.NewServer(http.HandlerFunc(f.serve))
	t.Cleanup(f.Close)
	f.user("admin", "admin-Password-1", everything(orgID)...)
	return f
}

// everything is what the owner of an organisation, or with "" an operator, may do.
func everything(org string) (all []map[string]any) {
	for _, kind := range []string{"authorizations", "buckets", "orgs", "users", "tasks"} {
		for _, action := range []string{"read", "write"} {
			all = append(all, permit(action, kind, "", org))
		}
	}
	if org != "" { // users are in no organisation
		all = append(all, permit("read", "users", "", ""), permit("write", "users", "", ""))
	}
	return all
}

func permit(action, kind, id, org string) map[string]any {
	resource := map[string]any{"type": kind}
	if id != "" {
		resource["id"] = id
	}
	if org != "" {
		resource["orgID"] = org
	}
	return map[string]any{"action": action, "resource": resource}
}

func (f *fake) id() string { f.made++; return fmt.Sprintf("%016x", 0xabc000+f.made) }

func (f *fake) user(name, password string, permissions ...map[string]any) *fakeUser {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.newUser(fakeUser{Name: name, password: password})
	u.permissions = append(permissions, u.permissions...)
	return u
}

func (f *fake) newUser(u fakeUser) *fakeUser {
	u.ID, u.Status = f.id(), "active"
	u.permissions = []map[string]any{permit("read", "users", u.ID, ""), permit("write", "users", u.ID, "")}
	f.users = append(f.users, &u)
	return &u
}

func (f *fake) token(owner *fakeUser, description string, permissions ...map[string]any) *fakeAuth {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.newAuth(fakeAuth{Status: "active", Description: description, OrgID: orgID, UserID: owner.ID, Permissions: permissions})
}

func (f *fake) newAuth(a fakeAuth) *fakeAuth {
	a.ID = f.id()
	a.Token = "token-" + strings.Repeat(a.ID, 4) + "=="
	f.auths = append(f.auths, &a)
	return &a
}

// with does something while no request is served.
func (f *fake) with(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// passwordOf is what is in force for a user; empty when there is none.
func (f *fake) passwordOf(u *fakeUser) (password string) {
	if u == nil {
		return ""
	}
	f.with(func() { password = u.password })
	return password
}

// works tells whether a token is in force.
func (f *fake) works(token string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(f.auths, func(a *fakeAuth) bool { return a.Token == token })
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.auths)
}

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut != nil && f.cut(r, false) {
		panic(http.ErrAbortHandler)
	}
	answer := httptest.NewRecorder()
	f.route(answer, r)
	if f.cut != nil && f.cut(r, true) {
		panic(http.ErrAbortHandler)
	}
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Code)
	w.Write(answer.Body.Bytes())
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"code": code, "message": message})
}

// caller is who calls, and what it may do.
type caller struct {
	user        *fakeUser
	permissions []map[string]any
}

// may tells whether one of the caller's permissions covers another, which may be of
// all that is there or of one thing, in all organisations or in one.
func (c caller) may(action, kind, id, org string) bool {
	return slices.ContainsFunc(c.permissions, func(p map[string]any) bool {
		r := p["resource"].(map[string]any)
		if p["action"] == action && r["type"] == "instance" {
			return true
		}
		return p["action"] == action && r["type"] == kind && (r["id"] == nil || r["id"] == id) && (r["orgID"] == nil || r["orgID"] == org)
	})
}

func (f *fake) caller(r *http.Request) (c caller, ok bool) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Token "); ok {
		for _, a := range f.auths {
			if a.Token == token && a.Status == "active" {
				return caller{f.byID(a.UserID), a.Permissions}, true
			}
		}
		return c, false
	}
	cookie, err := r.Cookie("influxdb-oss-session")
	if err != nil || f.sessions[cookie.Value] == nil {
		return c, false
	}
	u := f.sessions[cookie.Value]
	c = caller{u, f.permissionsOf(u)}
	for _, a := range f.auths { // those that are not active count as well
		if a.UserID == u.ID {
			c.permissions = append(c.permissions, a.Permissions...)
		}
	}
	return c, true
}

func (f *fake) byID(id string) *fakeUser {
	i := slices.IndexFunc(f.users, func(u *fakeUser) bool { return u.ID == id })
	return f.users[i]
}

func (f *fake) route(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/api/v2/")
	if r.Method == http.MethodPost && path == "signin" {
		f.signIn(w, r)
		return
	}
	c, ok := f.caller(r)
	switch {
	case !ok:
		refuse(w, 401, "unauthorized", "unauthorized access")
	case c.user.Status == "inactive":
		refuse(w, 403, "forbidden", "User is inactive")
	case path == "me":
		if !c.may("read", "users", c.user.ID, "") {
			refuse(w, 401, "unauthorized", "read:users/"+c.user.ID+" is unauthorized")
			return
		}
		json.NewEncoder(w).Encode(c.user)
	case path == "orgs":
		json.NewEncoder(w).Encode(map[string]any{"orgs": []any{}})
	case path == "me/password" || strings.HasSuffix(path, "/password"):
		f.password(w, r, c, path)
	case path == "users":
		f.serveUsers(w, r, c)
	case strings.HasSuffix(path, "/permissions"):
		f.servePermissions(w, c, path)
	case strings.HasPrefix(path, "orgs/"), strings.HasPrefix(path, "buckets/"):
		f.serveMembers(w, r, c, path)
	case strings.HasPrefix(path, "authorizations"):
		f.authorizations(w, r, c, strings.TrimPrefix(path, "authorizations/"))
	default:
		refuse(w, 404, "not found", "path not found")
	}
}

func (f *fake) signIn(w http.ResponseWriter, r *http.Request) {
	name, password, _ := r.BasicAuth()
	i := slices.IndexFunc(f.users, func(u *fakeUser) bool { return u.Name == name && u.password == password })
	if i < 0 {
		refuse(w, 401, "unauthorized", "unauthorized access")
		return
	}
	key := f.id()
	f.sessions[key] = f.users[i]
	http.SetCookie(w, &http.Cookie{Name: "influxdb-oss-session", Value: key, Path: "/api/", HttpOnly: true})
	w.WriteHeader(http.StatusNoContent)
}

// password changes one's own, by the old one, or another's.
func (f *fake) password(w http.ResponseWriter, r *http.Request, c caller, path string) {
	u := c.user
	if path == "me/password" {
		if _, old, _ := r.BasicAuth(); old != u.password {
			refuse(w, 403, "forbidden", "your username or password is incorrect")
			return
		}
	} else {
		u = f.byID(strings.TrimSuffix(strings.TrimPrefix(path, "users/"), "/password"))
	}
	var body struct{ Password string }
	json.NewDecoder(r.Body).Decode(&body)
	switch {
	case !c.may("write", "users", u.ID, ""):
		refuse(w, 401, "unauthorized", "write:users/"+u.ID+" is unauthorized")
	case len(body.Password) < 8 || len(body.Password) > 72:
		refuse(w, 400, "invalid", "passwords must be between 8 and 72 characters long")
	default:
		u.password = body.Password
		w.WriteHeader(http.StatusNoContent)
	}
}

func (f *fake) authorizations(w http.ResponseWriter, r *http.Request, c caller, id string) {
	switch r.Method {
	case http.MethodGet:
		seen := []fakeAuth{}
		for _, a := range f.auths {
			of := r.URL.Query().Get("userID")
			if (of == "" || of == a.UserID) && c.may("read", "authorizations", a.ID, a.OrgID) && c.may("read", "users", a.UserID, "") {
				seen = append(seen, *a)
			}
		}
		if f.hides {
			for i := range seen {
				seen[i].Token = ""
			}
		}
		json.NewEncoder(w).Encode(map[string]any{"authorizations": seen})
	case http.MethodPost:
		f.postAuthorization(w, r, c)
	case http.MethodDelete:
		i := slices.IndexFunc(f.auths, func(a *fakeAuth) bool { return a.ID == id })
		switch {
		case i < 0:
			refuse(w, 404, "not found", "authorization not found")
		case !c.may("write", "authorizations", id, f.auths[i].OrgID):
			refuse(w, 401, "unauthorized", "write:authorizations is unauthorized")
		default:
			f.auths = slices.Delete(f.auths, i, i+1)
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

func (f *fake) postAuthorization(w http.ResponseWriter, r *http.Request, c caller) {
	var a fakeAuth
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil || len(a.Permissions) == 0 || a.OrgID == "" {
		refuse(w, 400, "invalid", "authorization must include permissions")
		return
	}
	for _, p := range a.Permissions {
		of := p["resource"].(map[string]any)
		id, _ := of["id"].(string)
		org, _ := of["orgID"].(string)
		if !c.may(p["action"].(string), of["type"].(string), id, org) {
			refuse(w, 403, "forbidden", fmt.Sprintf("permission %v is not allowed", p))
			return
		}
	}
	if !c.may("write", "authorizations", "", a.OrgID) || !c.may("write", "users", a.UserID, "") {
		refuse(w, 401, "unauthorized", "write:authorizations is unauthorized")
		return
	}
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(f.newAuth(a))
}
