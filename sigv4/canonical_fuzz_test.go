package sigv4

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// FuzzCanonical signs any request, sends it over a wire, and wants it accepted;
// with another body, path, query or header it is not.
func FuzzCanonical(f *testing.F) {
	f.Add("/", "", "", []byte(`{"SecretId":"db"}`))
	f.Add("/a%20b/c//d", "b=2&a=x%20y&a=1&a-b=3&=&c", " a   b ", []byte{0, 255})
	f.Add("/%2F%c3%a9", "a+b=%zz&%41=%2B", "\tx", []byte{})
	f.Add("", "&&&", "", []byte("x"))
	f.Fuzz(func(t *testing.T, path, query, header string, body []byte) {
		sent := wireOf(path, query, header, body)
		if sent == nil {
			return // nothing that an HTTP client could send
		}
		v := Verifier{Now: func() time.Time { return testNow }}
		v.Lookup = func(context.Context, string, string) (Key, error) { return Key{Secret: "s"}, nil }
		if _, err := v.Verify(read(t, sent), body, "secretsmanager"); err != nil {
			t.Fatalf("%q: %v", sent, err)
		}
		for name, spoil := range map[string]func(*http.Request) []byte{
			"body":  func(*http.Request) []byte { return append(bytes.Clone(body), '!') },
			"path":  func(r *http.Request) []byte { r.URL.Path, r.URL.RawPath = r.URL.Path+"x", ""; return body },
			"query": func(r *http.Request) []byte { r.URL.RawQuery += "&spoilt=1"; return body },
			"header": func(r *http.Request) []byte {
				r.Header.Set("X-Amz-Extra", "y"+r.Header.Get("X-Amz-Extra"))
				return body
			},
			"method": func(r *http.Request) []byte { r.Method = http.MethodPut; return body },
		} {
			r := read(t, sent)
			if _, err := v.Verify(r, spoil(r), "secretsmanager"); fault.KindOf(err) != fault.InvalidSignature {
				t.Fatalf("another %s is accepted of %q: %v", name, sent, err)
			}
		}
	})
}

// wireOf is a signed request as it travels, nil when it cannot.
func wireOf(path, query, header string, body []byte) []byte {
	r, err := http.NewRequest(http.MethodPost, "http://localhost"+path, bytes.NewReader(body))
	if err != nil || r.URL.Host != "localhost" || strings.ContainsAny(header, "\r\n") { // which Write would make spaces
		return nil
	}
	r.URL.RawQuery = query
	r.Header.Set("X-Amz-Extra", header)
	s := Signer{AccessKeyID: "AKID", Key: Key{Secret: "s"}, Region: "eu-west-1", Service: "secretsmanager"}
	s.Sign(r, body, testNow)
	var sent bytes.Buffer
	if r.Write(&sent) != nil {
		return nil
	}
	got, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(sent.Bytes())))
	if err != nil || got.Header.Get("Authorization") == "" {
		return nil
	}
	return sent.Bytes()
}

func read(t *testing.T, sent []byte) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(sent)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
