package sigv4

import (
	"context"
	"crypto/subtle"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// window is how far a request's date may be from ours, both ways.
const window = 5 * time.Minute

const (
	invalidToken = "The security token included in the request is invalid."
	expiredToken = "The security token included in the request is expired"
	mismatch     = "The request signature we calculated does not match the signature you provided. " +
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)

// Verifier checks the signatures of requests. Its fields are set once; it is
// safe for concurrent use and must not be copied.
type Verifier struct {
	Now func() time.Time
	// Lookup finds the key of an access key id, and of the session token that
	// came with it, "" for none; for an unknown or inactive one it gives an error
	// of the kind fault.UnrecognizedClient.
	Lookup func(ctx context.Context, accessKeyID, token string) (Key, error)

	keys keyCache
	last atomic.Pointer[stamp]
}

// Verify says who signed r, whose body is given beside it: r.Body is not read.
// service is the signing name of the one that is asked, as in "secretsmanager":
// what was signed for another is refused. Its errors are those of section 1.4, and whatever Lookup failed with. The
// checks are made in this order: form, scope, key, token, date, signature.
func (v *Verifier) Verify(r *http.Request, body []byte, service string) (Credential, error) {
	header := r.Header[authorizationHeader]
	if len(header) == 0 {
		return Credential{}, fault.New(fault.MissingAuthentication, "Missing Authentication Token")
	}
	date := requestDate(r)
	auth, err := parseAuthorization(header[0], date != "")
	if err != nil {
		return Credential{}, err
	}
	signed, err := v.stamp(date)
	if err != nil {
		return Credential{}, err
	}
	if err := checkScope(auth.credential, service, signed); err != nil {
		return Credential{}, err
	}
	now := v.Now().UTC()
	key, err := v.lookup(r, auth.credential.AccessKeyID, now)
	if err != nil {
		return Credential{}, err
	}
	if err := checkWindow(signed.time, now); err != nil {
		return Credential{}, err
	}
	if err := v.checkSignature(r, body, auth, signed, key.Secret); err != nil {
		return Credential{}, err
	}
	return auth.credential, nil
}

// requestDate gives the date of a request as it is written, X-Amz-Date first.
func requestDate(r *http.Request) string {
	if date := first(r.Header, dateHeader); date != "" {
		return date
	}
	return first(r.Header, "Date")
}

// first is h.Get for a name that is canonical already.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// stamp is a request's date: as it came, and as it is read and signed. The
// requests of one second share it.
type stamp struct {
	text   string
	time   time.Time
	signed string // in stampFormat
	day    string // in dayFormat
}

// stamp reads a date, or remembers it from the request before.
func (v *Verifier) stamp(date string) (*stamp, error) {
	if last := v.last.Load(); last != nil && last.text == date {
		return last, nil
	}
	t, err := parseDate(date)
	if err != nil {
		return nil, err
	}
	s := &stamp{text: strings.Clone(date), time: t, signed: t.Format(stampFormat), day: t.Format(dayFormat)}
	v.last.Store(s)
	return s, nil
}

// parseDate reads ISO 8601's basic format, or a Date header in HTTP's own.
func parseDate(date string) (time.Time, error) {
	t, err := time.Parse(stampFormat, date)
	if err == nil {
		return t, nil
	}
	if t, err := http.ParseTime(date); err == nil {
		return t.UTC(), nil
	}
	return time.Time{}, fault.Wrap(fault.IncompleteSignature, err,
		"Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", date)
}

// checkScope holds a credential to the service and to the day of the request.
// There is no wrong region, only one that cannot be a region's name.
func checkScope(c Credential, service string, signed *stamp) error {
	if !isRegion(c.Region) {
		return fault.New(fault.InvalidSignature, "Credential should be scoped to a valid region.")
	}
	if c.Service != service {
		return fault.New(fault.InvalidSignature, "Credential should be scoped to correct service: '%s'.", service)
	}
	if c.Date != signed.day {
		return fault.New(fault.InvalidSignature,
			"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			c.Date, signed.day, signed.signed)
	}
	return nil
}

func isRegion(s string) bool {
	for i := range len(s) {
		if c := s[i]; !('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return s != ""
}

// lookup finds the key and holds the request's session token to it.
func (v *Verifier) lookup(r *http.Request, accessKeyID string, now time.Time) (Key, error) {
	token := first(r.Header, TokenHeader)
	key, err := v.Lookup(r.Context(), accessKeyID, token)
	if err != nil {
		if fault.KindOf(err) == fault.UnrecognizedClient {
			err = fault.Wrap(fault.UnrecognizedClient, err, invalidToken)
		}
		return Key{}, err
	}
	if subtle.ConstantTimeCompare([]byte(token), []byte(key.Token)) != 1 {
		return Key{}, fault.New(fault.UnrecognizedClient, invalidToken)
	}
	if !key.Expires.IsZero() && !now.Before(key.Expires) {
		return Key{}, fault.New(fault.ExpiredToken, expiredToken)
	}
	return key, nil
}

// checkWindow refuses a request from more than five minutes ago or ahead. Its
// texts carry our clock, by which SDKs mend theirs.
func checkWindow(signed, now time.Time) error {
	now = now.Truncate(time.Second) // a request's date has no fraction
	switch first, last := now.Add(-window), now.Add(window); {
	case signed.Before(first):
		return fault.New(fault.InvalidSignature, "Signature expired: %s is now earlier than %s (%s - 5 min.)",
			signed.Format(stampFormat), first.Format(stampFormat), now.Format(stampFormat))
	case signed.After(last):
		return fault.New(fault.InvalidSignature, "Signature not yet current: %s is still later than %s (%s + 5 min.)",
			signed.Format(stampFormat), last.Format(stampFormat), now.Format(stampFormat))
	}
	return nil
}

func (v *Verifier) checkSignature(r *http.Request, body []byte, auth authorization, signed *stamp, secret string) error {
	if err := checkSignedHeaders(r.Header, auth.signedHeaders); err != nil {
		return err
	}
	hash := bodyHash(body)
	if declared := first(r.Header, bodyHashHeader); declared != "" && declared != string(hash[:]) {
		return fault.New(fault.InvalidSignature, mismatch)
	}
	key, kept := v.keys.key(auth.credential, secret)
	want := key.sign(r, auth.signedHeaders, signed.signed, auth.credential, hash[:])
	if subtle.ConstantTimeCompare([]byte(auth.signature), want[:]) != 1 {
		return fault.New(fault.InvalidSignature, mismatch)
	}
	if !kept {
		v.keys.keep(auth.credential, key)
	}
	return nil
}

// checkSignedHeaders wants the list sorted, without repeats, and holding the
// host and every X-Amz-* header of the request: such a header changes what is
// asked or by whom. X-Amz-User-Agent alone changes nothing, and not every SDK
// signs it.
func checkSignedHeaders(h http.Header, list string) error {
	previous := ""
	for name := range strings.SplitSeq(list, ";") {
		if name <= previous {
			return fault.New(fault.InvalidSignature, mismatch)
		}
		previous = name
	}
	if !listed(list, "host") {
		return fault.New(fault.InvalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-") && name != "X-Amz-User-Agent" && !listed(list, name) {
			return fault.New(fault.InvalidSignature, "'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

func listed(list, name string) bool {
	for n := range strings.SplitSeq(list, ";") {
		if strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}
