package sigv4_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/sigv4"
)

func newSigner(id, token string) *sigv4.Signer {
	return &sigv4.Signer{AccessKeyID: id, Key: sigv4.Key{Secret: secret, Token: token}, Region: region, Service: service}
}

// unsignedCopy is the request that the SDK was given to sign; of the URL the SDK
// sorts the query in place.
func unsignedCopy(t testing.TB, r *http.Request, url, body string) *http.Request {
	c, err := http.NewRequestWithContext(t.Context(), r.Method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	c.Header = r.Header.Clone()
	for _, name := range []string{"Authorization", "X-Amz-Date", "X-Amz-Security-Token"} {
		c.Header.Del(name)
	}
	return c
}

func TestSignIsTheSDKs(t *testing.T) {
	const body = `{"SecretId":"prod/db"}`
	s := newServer(t)
	for name, a := range map[string]ask{
		"plain":     {},
		"temporary": {id: temporary, token: token},
		"query":     {path: "/a%20b/c?b=2&a=x%20y&a=1&a-b=3"},
		"no path":   {path: "?a=b"},
		"headers": {header: map[string][]string{
			"X-Amz-Meta-Odd": {" a   b ", "c"}, "User-Agent": {"cli"}, "Expect": {"nothing"}, "Accept": {"*/*"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want := a.request(t, s.URL)
			got := unsignedCopy(t, want, s.URL+or(a.path, "/"), body)
			signer := newSigner(or(a.id, longTerm), a.token)
			for range 2 { // with a derived key, then over an old signature with a cached one
				signer.Sign(got, []byte(body), now)
				if g, w := got.Header.Get("Authorization"), want.Header.Get("Authorization"); g != w {
					t.Fatalf("signed\n%s\nthe SDK\n%s", g, w)
				}
			}
			got.Header.Del("Expect") // the client waits for it otherwise
			s.send(t, got)
			if s.err != nil {
				t.Error(s.err)
			}
		})
	}
}

func TestKeyIsNotPrinted(t *testing.T) {
	key := sigv4.Key{Secret: "very-secret", Token: "very-token"}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "value", key, "pointer", &key)
	encoded, err := json.Marshal(map[string]any{"key": key})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprintf("%v %+v %#v %s %q %x %d", key, key, key, key, key, key, key),
		fmt.Sprint(&key, []sigv4.Key{key}, struct{ K sigv4.Key }{key}),
		log.String(), string(encoded),
	} {
		if strings.Contains(text, "very") || strings.Contains(text, fmt.Sprintf("%x", "very")) || !strings.Contains(text, "[redacted]") {
			t.Errorf("printed %s", text)
		}
	}
}

func BenchmarkSign(b *testing.B) {
	signer := newSigner(temporary, token)
	body := []byte(`{"SecretId":"prod/db"}`)
	r := unsignedCopy(b, ask{}.request(b, "http://localhost:4566"), "http://localhost:4566/", string(body))
	b.ReportAllocs()
	for b.Loop() {
		signer.Sign(r, body, now)
	}
}
