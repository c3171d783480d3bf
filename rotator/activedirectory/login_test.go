package activedirectory_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/adtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/activedirectory"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// reasonOf runs setSecret with the password that is in force, and gives why it
// could not log in: "" when it did, as nothing else is to be done then.
func reasonOf(t *testing.T, v map[string]any) (rotator.Reason, *rotatortest.Subject, error) {
	t.Helper()
	s := single(t, v)
	s.Begin()
	s.Fill(v)
	err := s.Step(secret.SetSecret)
	if err == nil {
		return "", s, nil
	}
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("not a LoginError: %v", err)
	}
	return failed.Reason, s, err
}

// The userAccountControl of normal accounts that are disabled, or need no
// pre-authentication.
const (
	disabled  = "514"
	noPreauth = "4194816"
)

// lock turns an account off.
func lock(t testing.TB, user string) {
	t.Helper()
	must(t, server.Replace(adtest.UserDN(user), map[string][]string{"userAccountControl": {disabled}}))
}

// expire has the user change the password before anything else.
func expire(t testing.TB, user string) {
	t.Helper()
	must(t, server.Replace(adtest.UserDN(user), map[string][]string{"pwdLastSet": {"0"}}))
}

func TestReasons(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"reasons", "reasons-off", "reasons-mustchange", "reasons-gone", "reasons-nopreauth"} {
		newUser(t, user, "right-Password-1")
	}
	lock(t, "reasons-off")
	expire(t, "reasons-mustchange")
	must(t, server.Replace(adtest.UserDN("reasons-gone"), map[string][]string{"accountExpires": {"125911584000000000"}})) // in 2000
	must(t, server.Replace(adtest.UserDN("reasons-nopreauth"), map[string][]string{"userAccountControl": {noPreauth}}))
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed.Close()
	right := func(user string) map[string]any { return seamless(user, "right-Password-1") }
	for _, c := range []struct {
		name  string
		value map[string]any
		want  rotator.Reason
		says  string
	}{
		{"right", right("reasons"), "", ""},
		{"StartTLS", with(right("reasons"), "port", adtest.Port), "", ""},
		{"plain keys", plain("reasons", "right-Password-1"), "", ""},
		{"a host beside AWS's directory", with(with(right("reasons"), "awsSeamlessDomainDirectoryId", "d-1234567890"), "host", server.Host), "", ""},
		{"a domain", with(with(plain("reasons", "right-Password-1"), "host", nil), "domain", server.Host), "", ""},
		{"UPN", right("reasons@" + adtest.Domain), "", ""},
		{"NetBIOS", right(adtest.NetBIOS + `\reasons`), "", ""},
		{"DN", right(adtest.UserDN("reasons")), "", ""},
		{"another case", right("REASONS"), "", ""},
		{"no pre-authentication", right("reasons-nopreauth"), "", ""},
		{"no pre-authentication, wrong", seamless("reasons-nopreauth", "Another-Password-1"), rotator.Refused, "wrong user name or password"},
		{"wrong password", seamless("reasons", "Another-Password-1"), rotator.Refused, "wrong user name or password"},
		{"no such user", right("reasons-nobody"), rotator.Refused, "Code 49"},
		{"a filter", right("reason*"), rotator.Refused, "Code 49"},
		{"disabled", right("reasons-off"), rotator.Locked, "account disabled"},
		{"expired account", right("reasons-gone"), rotator.Locked, "account expired"},
		{"must change", right("reasons-mustchange"), rotator.Expired, "password must be changed"},
		{"nothing there", with(right("reasons"), "port", closed.Addr().(*net.TCPAddr).Port), rotator.Unreachable, "connection refused"},
		{"unknown host", with(right("reasons"), "awsSeamlessDomainDirectoryId", "no-such-host.invalid"), rotator.Unresolved, "no-such-host.invalid"},
		{"nobody vouches for it", with(right("reasons"), "sslrootcert", nil), rotator.TLSFailed, "unknown authority"},
		{"another name", with(right("reasons"), "sslservername", "elsewhere.test"), rotator.TLSFailed, "elsewhere.test"},
		{"named otherwise", with(right("reasons"), "sslservername", "dc1."+adtest.Domain), "", ""},
		{"no TLS", with(with(right("reasons"), "ssl", false), "port", adtest.Port), rotator.TLSFailed, "Transport encryption required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			reason, _, err := reasonOf(t, c.value)
			if reason != c.want || c.want != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", reason, err, c.want, c.says)
			}
		})
	}
}

// TestOldPassword: a bind lets the password before in for an hour, and says
// nothing of it; Kerberos does not.
func TestOldPassword(t *testing.T) {
	t.Parallel()
	newUser(t, "old-password", "first-Password-1")
	must(t, server.Reset("old-password", "second-Password-2"))
	reason, _, err := reasonOf(t, seamless("old-password", "first-Password-1"))
	if reason != rotator.Refused {
		t.Errorf("%q: %v", reason, err)
	}
}

// open logs in by the values that a Credential is made of.
func open(t *testing.T, v map[string]any) rotator.Session {
	t.Helper()
	m := rotatortest.NewSecrets()
	var session rotator.Session
	capture := func(_ rotator.Engine, c rotator.Config) contract.Function {
		return rotator.New(c, opener(func(c rotator.Credential, r *contract.Report) (err error) {
			session, err = activedirectory.Engine{}.Login(t.Context(), c, r)
			return err
		}))
	}
	s := rotatortest.New(t, m, "open", capture, nil, v)
	s.Begin()
	s.Fill(v)
	must(t, s.Step(secret.SetSecret))
	t.Cleanup(func() { session.Close() })
	return session
}
