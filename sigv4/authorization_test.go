package sigv4

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// FuzzAuthorization: what parses prints into something that parses the same,
// and what does not is refused by one of two kinds.
func FuzzAuthorization(f *testing.F) {
	for _, seed := range []string{
		"", " ", "Basic dXNlcg==", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=,,=,Signature",
		"AWS4-HMAC-SHA256 Credential=AKID/20251106/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host;x-amz-date, Signature=00ff",
		"AWS4-HMAC-SHA256 Signature=0,SignedHeaders=a,Credential=a////aws4_request",
		"AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=a, Signature=b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		a, err := parseAuthorization(header, true)
		if err != nil {
			if k := fault.KindOf(err); k != fault.IncompleteSignature && k != fault.InvalidSignature {
				t.Fatalf("%q is refused with kind %d: %v", header, k, err)
			}
			return
		}
		again, err := parseAuthorization(a.String(), true)
		if err != nil || again != a {
			t.Fatalf("%q parses to %v, and that to %v (%v)", header, a, again, err)
		}
	})
}

var (
	testNow  = time.Date(2025, 11, 6, 13, 26, 8, 0, time.UTC)
	testCred = Credential{AccessKeyID: "AKID", Date: "20251106", Region: "eu-west-1", Service: "secretsmanager"}
)

// verifySigned signs the headers in the list, whatever they are, and verifies.
func verifySigned(list, dateHeader, date string) (Credential, error) {
	v := Verifier{Now: func() time.Time { return testNow }}
	v.Lookup = func(context.Context, string, string) (Key, error) { return Key{Secret: "s"}, nil }
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set(dateHeader, date)
	hash := bodyHash(nil)
	signature := deriveKey(testCred, "s").sign(r, list, testNow.Format(stampFormat), testCred, hash[:])
	r.Header.Set(authorizationHeader, authorization{testCred, list, string(signature[:])}.String())
	return v.Verify(r, nil, testCred.Service)
}

func TestVerifyWantsASortedListWithoutRepeats(t *testing.T) {
	for list, good := range map[string]bool{
		"host;x-amz-date": true, "x-amz-date;host": false, "host;host;x-amz-date": false, "host;;x-amz-date": false,
	} {
		if _, err := verifySigned(list, dateHeader, testNow.Format(stampFormat)); (err == nil) != good {
			t.Errorf("%s: %v", list, err)
		}
	}
}

// TestVerifyReadsTheDateHeader: old clients may send Date for X-Amz-Date; the
// signature is over the moment and not its spelling.
func TestVerifyReadsTheDateHeader(t *testing.T) {
	for _, date := range []string{testNow.Format(stampFormat), testNow.Format(http.TimeFormat)} {
		if got, err := verifySigned("date;host", "Date", date); err != nil || got != testCred {
			t.Errorf("Date: %s: %v, %v", date, got, err)
		}
	}
}

func TestKeyCacheIsBounded(t *testing.T) {
	var c keyCache
	for i := range 2*maxKeys + 10 {
		cred := Credential{AccessKeyID: fmt.Sprint(i)}
		c.keep(cred, &signingKey{secret: "s"})
		if _, kept := c.key(cred, "s"); !kept {
			t.Fatalf("key %d is not there", i)
		}
		if len(c.keys) > maxKeys {
			t.Fatalf("%d keys", len(c.keys))
		}
	}
}
