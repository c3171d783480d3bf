package lambda

import (
	"crypto/tls"
	"net/http"
	"testing"
)

// TestBase: code is downloaded from where the client is, in the way that it came.
func TestBase(t *testing.T) {
	for want, state := range map[string]*tls.ConnectionState{
		"http://here":  nil,
		"https://here": {HandshakeComplete: true},
	} {
		if got := baseOf(&http.Request{Host: "here", TLS: state}); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if got := baseOf(&http.Request{Host: "here", TLS: &tls.ConnectionState{}}); got != "http://here" {
		t.Errorf("the port for functions: %s", got)
	}
}
