package ldap_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	goldap "github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/internal/ldaptest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/ldap"
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

func TestReasons(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"reasons", "reasons-locked", "reasons-expired", "reasons-grace"} {
		person(t, user, "right")
	}
	must(t, server.Lock(dn("reasons-locked")))
	must(t, server.Expire(dn("reasons-expired"), 0))
	must(t, server.Expire(dn("reasons-grace"), 5))
	right := value("reasons", "right")
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed.Close()
	for _, c := range []struct {
		name  string
		value map[string]any
		want  rotator.Reason
		says  string
	}{
		{"right", right, "", ""},
		{"a DN", value(dn("reasons"), "right"), "", ""},
		{"a DN, no base", with(value(dn("reasons"), "right"), "base", nil), "", ""},
		{"a filter of its own", with(right, "filter", "(&(objectClass=inetOrgPerson)(uid={username}))"), "", ""},
		{"wrong password", value("reasons", "wrong"), rotator.Refused, "Code 49"},
		{"no such entry", value("uid=nobody,"+ldaptest.People, "right"), rotator.Refused, "Code 49"},
		{"no such user", value("nobody", "right"), rotator.Broken, "has 0 entries for (uid=nobody), want 1"},
		{"two of them", with(right, "filter", "(|(uid=reasons)(uid=reasons-locked))"), rotator.Broken, "has 2 entries"},
		{"no such base", with(right, "base", "dc=nowhere"), rotator.Broken, "Code 32"},
		{"a broken filter", with(right, "filter", "(uid={username}"), rotator.Broken, "searching"},
		{"not a name", with(value("reasons", "right"), "base", nil), rotator.Broken, "Code 34"},
		{"locked", value("reasons-locked", "right"), rotator.Locked, "Account locked"},
		{"expired", value("reasons-expired", "right"), rotator.Expired, "Password expired"},
		{"expired, and let in", value("reasons-grace", "right"), "", ""},
		{"nothing there", with(right, "port", closed.Addr().(*net.TCPAddr).Port), rotator.Unreachable, "connection refused"},
		{"unknown host", with(right, "host", "no-such-host.invalid"), rotator.Unresolved, "no-such-host.invalid"},
	} {
		t.Run(c.name, func(t *testing.T) {
			reason, s, err := reasonOf(t, c.value)
			if reason != c.want || c.want != "" && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q: %v, want %q and the words %q", reason, err, c.want, c.says)
			}
			if graced := strings.Contains(strings.Join(s.Report.Notes, "\n"), "more logins are let in"); graced != strings.HasSuffix(c.name, "let in") {
				t.Errorf("notes: %q", s.Report.Notes)
			}
		})
	}
}

// TestLocked wants no other password to be tried at an account that is locked.
func TestLocked(t *testing.T) {
	t.Parallel()
	person(t, "locked", "right")
	must(t, server.Lock(dn("locked")))
	s := single(t, value("locked", "wrong"))
	s.Write(value("locked", "right"))
	var failed *rotator.LoginError
	if err := set(s); !errors.As(err, &failed) || failed.Reason != rotator.Locked {
		t.Errorf("setSecret: %v", err)
	}
	must(t, server.Replace(dn("locked"), "pwdAccountLockedTime"))
	s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
}

// TestMustChange is an account that may do nothing but change its password: it
// is rotated, and what an administrator left so is not called good.
func TestMustChange(t *testing.T) {
	t.Parallel()
	person(t, "mustchange", "right")
	policy, err := server.AddPolicy("mustchange", map[string][]string{"pwdMustChange": {"TRUE"}, "pwdAllowUserChange": {"TRUE"}})
	must(t, err)
	must(t, server.Replace(dn("mustchange"), "pwdPolicySubentry", policy))
	must(t, server.Replace(dn("mustchange"), "pwdReset", "TRUE"))
	s := single(t, value("mustchange", "right"))
	s.Begin()
	s.Fill(value("mustchange", "right"))
	if err := s.Step(secret.TestSecret); err == nil || !strings.Contains(err.Error(), "before changing the password") {
		t.Errorf("testSecret, while it must change: %v", err)
	}
	s = single(t, value("mustchange", "right"))
	s.Rotate()
	_, password := s.Login(secret.Current)
	accepts(t, "mustchange", password)
}

// answer is a server that gives one answer to every request.
func answer(t *testing.T, code int64, message string) map[string]any {
	return impostor(t, func(conn net.Conn) {
		request, err := ber.ReadPacket(conn)
		if err != nil {
			return
		}
		reply := ber.NewSequence("LDAPMessage")
		reply.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, request.Children[0].Value, ""))
		result := ber.Encode(ber.ClassApplication, ber.TypeConstructed, goldap.ApplicationBindResponse, nil, "")
		result.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
		result.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
		result.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, message, ""))
		reply.AppendChild(result)
		conn.Write(reply.Bytes())
		conn.Read(make([]byte, 1)) // until it is let go
	})
}

// TestAnswers holds answers of other servers than ours, Active Directory's among
// them, against what they mean.
func TestAnswers(t *testing.T) {
	t.Parallel()
	ad := func(data string) string {
		return "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data " + data + ", v4563"
	}
	for _, c := range []struct {
		code    int64
		message string
		want    rotator.Reason
	}{
		{49, "", rotator.Refused},
		{49, ad("525"), rotator.Refused},
		{49, ad("52e"), rotator.Refused},
		{49, ad("530"), rotator.Locked},
		{49, ad("531"), rotator.Locked},
		{49, ad("532"), rotator.Expired},
		{49, ad("533"), rotator.Locked},
		{49, ad("701"), rotator.Locked},
		{49, ad("773"), rotator.Expired},
		{49, ad("775"), rotator.Locked},
		{49, ad("999"), rotator.Broken}, // not known to speak against the password
		{32, "", rotator.Refused},
		{19, "Exceed password retry limit. Please try later.", rotator.Locked},
		{50, "", rotator.Broken},
		{51, "", rotator.NotReady},
		{52, "", rotator.NotReady},
		{53, "", rotator.Broken},
		{8, "", rotator.TLSFailed},
		{13, "", rotator.TLSFailed},
		{3, "", rotator.TimedOut},
		{11, "", rotator.LimitHit},
		{10, "", rotator.Broken}, // a referral
		{80, "", rotator.Broken},
	} {
		if reason, _, err := reasonOf(t, answer(t, c.code, c.message)); reason != c.want {
			t.Errorf("%d %s: %q: %v, want %q", c.code, c.message, reason, err, c.want)
		}
	}
}

// impostor listens in the place of a server, and gives a value for it, without
// TLS.
func impostor(t *testing.T, serve func(net.Conn)) map[string]any {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serve(conn)
			conn.Close()
		}
	}()
	return with(value(dn("somebody"), "right"), "port", l.Addr().(*net.TCPAddr).Port)
}

// TestTimeOut wants the caller's deadline to be named, and to end a login that
// hangs.
func TestTimeOut(t *testing.T) {
	t.Parallel()
	for _, tls := range []rotator.TLSMode{rotator.TLSOff, rotator.TLSRequired} {
		v := impostor(t, func(conn net.Conn) { conn.Read(make([]byte, 1000)); <-t.Context().Done() })
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		c := rotator.Credential{Host: server.Host, Port: v["port"].(int), Username: dn("somebody"), Password: secret.Text("right"), TLS: tls}
		_, err := ldap.Engine{}.Login(ctx, c, &contract.Report{})
		var failed *rotator.LoginError
		if !errors.As(err, &failed) || failed.Reason != rotator.TimedOut {
			t.Errorf("TLS mode %d: %v", tls, err)
		}
	}
}

// TestHungUp is a server that closes the connection instead of answering.
func TestHungUp(t *testing.T) {
	t.Parallel()
	v := impostor(t, func(conn net.Conn) { conn.Read(make([]byte, 1000)) })
	if reason, _, err := reasonOf(t, v); reason != rotator.Broken || !strings.Contains(err.Error(), "the connection broke") {
		t.Errorf("%q: %v", reason, err)
	}
}
