package httpapi_test

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// service is a real HTTP API with users, passwords, keys and slots.
type service struct {
	*httptest.Server
	t  testing.TB
	mu sync.Mutex

	passwords map[string]string // by user
	keys      map[string]key    // by id
	slots     map[string]string // key of a slot
	made      int
	seen      []string                    // method and path
	fail      func(r *http.Request) int   // a status instead; 0 for none
	after     func(r *http.Request) error // loses the answer
}

type key struct{ user, token, label string }

func newService(t testing.TB) *service {
	s := &service{t: t, passwords: map[string]string{}, keys: map[string]key{}, slots: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/me/{user}", s.me)
	mux.HandleFunc("PUT /v1/users/{user}/password", s.setPassword)
	mux.HandleFunc("POST /v1/users/{user}/keys", s.createKey)
	mux.HandleFunc("DELETE /v1/users/{user}/keys", s.cleanup)
	mux.HandleFunc("DELETE /v1/users/{user}/keys/{id}", s.deleteKey)
	mux.HandleFunc("POST /v1/slots/{slot}", s.regenerate)
	mux.HandleFunc("GET /v1/slots/{slot}", s.slot)
	mux.HandleFunc("GET /v1/elsewhere", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/v1/me/app", http.StatusFound) })
	s.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, r.Method+" "+r.URL.EscapedPath())
		if s.fail != nil {
			if status := s.fail(r); status != 0 {
				http.Error(w, "no: "+r.Header.Get("Authorization"), status) // it repeats the credential
				return
			}
		}
		mux.ServeHTTP(w, r)
		if s.after != nil && s.after(r) != nil {
			panic(http.ErrAbortHandler)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// user is whom a request proves to be; "" for nobody.
func (s *service) user(r *http.Request) string {
	if name, password, ok := r.BasicAuth(); ok && password != "" && s.passwords[name] == password {
		return name
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, k := range s.keys {
		if token == k.token {
			return k.user
		}
	}
	return ""
}

// allowed tells whether a request may do something to a user.
func (s *service) allowed(w http.ResponseWriter, r *http.Request) bool {
	who := s.user(r)
	ok := who != "" && (who == r.PathValue("user") || who == "admin")
	if !ok {
		http.Error(w, "no", http.StatusUnauthorized)
	}
	return ok
}

func (s *service) me(w http.ResponseWriter, r *http.Request) {
	if s.user(r) != r.PathValue("user") {
		http.Error(w, "no", http.StatusUnauthorized)
	}
}

func (s *service) setPassword(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	var in struct {
		New  string `json:"new"`
		Days int    `json:"days"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.New == "" || in.Days != 90 {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	s.passwords[r.PathValue("user")] = in.New
}

func (s *service) createKey(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	s.made++
	id, token := fmt.Sprintf("key%d", s.made), fmt.Sprintf("token-of-key-%d-Secret", s.made)
	s.keys[id] = key{r.PathValue("user"), token, r.FormValue("label")}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"keys":[{"id":%q,"token":%q,"n":%d}]}`, id, token, s.made)
}

func (s *service) cleanup(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	for id, k := range s.keys {
		if k.label != "" && k.label == r.URL.Query().Get("label") {
			delete(s.keys, id)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *service) deleteKey(w http.ResponseWriter, r *http.Request) {
	if !s.allowed(w, r) {
		return
	}
	if _, ok := s.keys[r.PathValue("id")]; !ok {
		http.Error(w, "gone", http.StatusNotFound)
		return
	}
	delete(s.keys, r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
}

func (s *service) regenerate(w http.ResponseWriter, r *http.Request) {
	if !s.holds(r) {
		http.Error(w, "no", http.StatusForbidden)
		return
	}
	s.made++
	s.slots[r.PathValue("slot")] = fmt.Sprintf("slot-key-%d", s.made)
	fmt.Fprintf(w, `{"key":%q}`, s.slots[r.PathValue("slot")])
}

func (s *service) slot(w http.ResponseWriter, r *http.Request) {
	if s.slots[r.PathValue("slot")] != r.Header.Get("X-Key") {
		http.Error(w, "no", http.StatusForbidden)
	}
}

// holds tells whether a request has the key of some slot.
func (s *service) holds(r *http.Request) bool {
	for _, k := range s.slots {
		if k == r.Header.Get("X-Key") {
			return true
		}
	}
	return false
}

// describe writes a description of this service into a folder, with its authority.
func (s *service) describe(name, text string) (dir string) {
	s.t.Helper()
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return describe(s.t, s.URL+"/v1", ca, name, text)
}

// describe writes a description of the API at an address into a folder, with the
// authority that vouches for it.
func describe(t testing.TB, address string, ca []byte, name, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text = strings.ReplaceAll(text, "URL", address)
	for file, content := range map[string]string{"ca.pem": string(ca), name + ".json": text} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
