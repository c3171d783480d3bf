package sigv4

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Signer signs requests with one access key. Its fields are set once; it is
// safe for concurrent use and must not be copied.
type Signer struct {
	AccessKeyID string
	Key         Key
	Region      string
	Service     string

	keys keyCache
}

// Sign dates and signs r, whose body is given beside it. All headers that r has
// by now are signed, save those that proxies and net/http itself may change. It
// sets X-Amz-Date, X-Amz-Security-Token for a temporary key, and Authorization.
func (s *Signer) Sign(r *http.Request, body []byte, now time.Time) {
	stamp := now.UTC().Format(stampFormat)
	r.Header.Set(dateHeader, stamp)
	if s.Key.Token != "" {
		r.Header.Set(TokenHeader, s.Key.Token)
	}
	cred := Credential{
		AccessKeyID: s.AccessKeyID,
		Date:        stamp[:len(dayFormat)],
		Region:      s.Region,
		Service:     s.Service,
	}
	key, kept := s.keys.key(cred, s.Key.Secret)
	if !kept {
		s.keys.keep(cred, key)
	}
	headers := signedHeaders(r)
	hash := bodyHash(body)
	signature := key.sign(r, headers, stamp, cred, hash[:])
	r.Header.Set(authorizationHeader, authorization{cred, headers, string(signature[:])}.String())
}

// signedHeaders lists what Sign signs: what the AWS SDK for Go would.
func signedHeaders(r *http.Request) string {
	names := make([]string, 0, 16)
	names = append(names, "host")
	if r.ContentLength > 0 {
		names = append(names, "content-length")
	}
	for name := range r.Header {
		if name = strings.ToLower(name); !unsigned(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, ";")
}

// unsigned names the headers that are left out of the list, or put there otherwise.
func unsigned(name string) bool {
	switch name {
	case "authorization", "user-agent", "x-amzn-trace-id", "expect", "transfer-encoding":
		return true
	case "host", "content-length":
		return true
	}
	return false
}
