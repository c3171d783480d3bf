package httpapi

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/template"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// data is what the templates are filled with:
//
//	.value    the value that the request is about
//	.inForce  the value whose credential is known to work
//	.admin    the value of the administrator's secret
//	.token    the rotation's ClientRequestToken, the same in every attempt
//	.secret   the secret's ARN
type data map[string]any

// request is a Request whose templates are parsed.
type request struct {
	name     string
	method   string
	path     []*template.Template // segments
	query    map[string]*template.Template
	headers  map[string]*template.Template
	form     map[string]*template.Template
	user     *template.Template // nil without basic authentication
	password *template.Template
	body     any // of JSON, with a template for each text; nil for none
	expect   []int
	extract  map[string]jsontext.Pointer
}

func parseRequest(name string, q *Request) (*request, error) {
	if q == nil {
		return nil, nil
	}
	if q.Method == "" || !strings.HasPrefix(q.Path, "/") {
		return nil, fmt.Errorf("the %s request needs a method and a path that begins with /", name)
	}
	if len(q.Body) > 0 && len(q.Form) > 0 {
		return nil, fmt.Errorf("the %s request has both a body and a form", name)
	}
	r := &request{name: name, method: q.Method, expect: q.Expect, extract: q.Extract}
	if len(r.expect) == 0 {
		r.expect = []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}
	}
	p := parser{what: name}
	for _, segment := range strings.Split(q.Path, "/")[1:] {
		r.path = append(r.path, p.text(segment))
	}
	r.query, r.headers, r.form = p.all(q.Query), p.all(q.Headers), p.all(q.Form)
	if q.Basic != nil {
		r.user, r.password = p.text(q.Basic.User), p.text(q.Basic.Password)
	}
	if len(q.Body) > 0 {
		var body any
		if err := json.Unmarshal(q.Body, &body); err != nil {
			return nil, err
		}
		r.body = p.body(body)
	}
	return r, p.err
}

// parser parses templates, and keeps the first error.
type parser struct {
	what string
	err  error
}

func (p *parser) text(text string) *template.Template {
	t, err := template.New(p.what).Option("missingkey=error").Parse(text)
	if err != nil && p.err == nil {
		p.err = err
	}
	return t
}

func (p *parser) all(texts map[string]string) map[string]*template.Template {
	out := map[string]*template.Template{}
	for key, text := range texts {
		out[key] = p.text(text)
	}
	return out
}

// body parses each text in a JSON value.
func (p *parser) body(v any) any {
	switch v := v.(type) {
	case string:
		return p.text(v)
	case []any:
		for i := range v {
			v[i] = p.body(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = p.body(v[key])
		}
	}
	return v
}

// filled is a request that is ready to be sent.
type filled struct {
	method, path, query string
	header              http.Header
	body                string
}

// same compares what two requests ask for, but not who asks.
func (f filled) same(g filled) bool {
	return f.method == g.method && f.path == g.path && f.query == g.query && f.body == g.body
}

// fill fills the templates. What they put in is quoted for its place.
func (r *request) fill(d data) (filled, error) {
	f := filler{data: d}
	out := filled{method: r.method, header: http.Header{}}
	for _, t := range r.path {
		segment := f.text(t)
		if f.err == nil && (segment == "." || segment == ".." || segment == "" && len(t.Root.Nodes) > 0) {
			f.err = errors.New("a segment of the path is empty, or leads elsewhere")
		}
		out.path += "/" + url.PathEscape(segment)
	}
	query := url.Values{}
	for key, t := range r.query {
		query.Set(key, f.text(t))
	}
	out.query = query.Encode()
	r.fillBody(&f, &out)
	for key, t := range r.headers {
		out.header.Set(key, f.text(t))
	}
	if r.user != nil {
		out.header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(f.text(r.user)+":"+f.text(r.password))))
	}
	if f.err != nil {
		return filled{}, fmt.Errorf("the %s request: %w", r.name, f.err)
	}
	return out, nil
}

func (r *request) fillBody(f *filler, out *filled) {
	switch {
	case r.body != nil:
		out.header.Set("Content-Type", "application/json")
		text, err := json.Marshal(f.body(r.body), json.Deterministic(true))
		if err != nil && f.err == nil {
			f.err = errors.New("the body is not JSON")
		}
		out.body = string(text)
	case len(r.form) > 0:
		out.header.Set("Content-Type", "application/x-www-form-urlencoded")
		form := url.Values{}
		for key, t := range r.form {
			form.Set(key, f.text(t))
		}
		out.body = form.Encode()
	}
}

// filler fills templates, and keeps the first error.
type filler struct {
	data data
	err  error
}

// maxText is the most that a template may come to.
const maxText = 64 << 10

func (f *filler) text(t *template.Template) string {
	var b bytes.Buffer
	err := t.Execute(&limited{&b}, f.data)
	if err != nil && f.err == nil {
		f.err = errors.New("a template asks for what the values do not have: " + templateSays(err))
	}
	return b.String()
}

// templateSays is where a template failed: its place and what stands there, which
// are the operator's words. What follows may quote a value.
func templateSays(err error) string {
	var exec template.ExecError
	if !errors.As(err, &exec) {
		return "it writes too much"
	}
	text, _, _ := strings.Cut(exec.Err.Error(), ">:")
	if at := strings.LastIndex(text, "<"); at >= 0 {
		return text[at+1:]
	}
	return exec.Name
}

func (f *filler) body(v any) any {
	switch v := v.(type) {
	case *template.Template:
		return f.text(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = f.body(v[i])
		}
		return out
	case map[string]any:
		out := map[string]any{}
		for key := range v {
			out[key] = f.body(v[key])
		}
		return out
	}
	return v
}

// limited refuses a text that grows too long.
type limited struct{ *bytes.Buffer }

// Write implements io.Writer.
func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxText {
		return 0, io.ErrShortBuffer
	}
	return l.Buffer.Write(p)
}
