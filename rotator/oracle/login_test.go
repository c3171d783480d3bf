package oracle_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/oracle"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

func rotatorText() string { return rand.Text()[:20] }

func reasonOf(t *testing.T, err error) rotator.Reason {
	t.Helper()
	if err == nil {
		return ""
	}
	var failed *rotator.LoginError
	if !errors.As(err, &failed) {
		t.Fatalf("not a LoginError: %v", err)
	}
	return failed.Reason
}

func TestReasons(t *testing.T) {
	t.Parallel()
	f := newFake()
	for code, want := range map[int]rotator.Reason{
		1017: rotator.Refused, 28000: rotator.Locked, 28001: rotator.Expired, 2391: rotator.LimitHit, 18: rotator.LimitHit, 20: rotator.LimitHit,
		12516: rotator.LimitHit, 12519: rotator.LimitHit, 12520: rotator.LimitHit, 12541: rotator.Unreachable, 12545: rotator.Unresolved,
		12170: rotator.TimedOut, 1033: rotator.NotReady, 1034: rotator.NotReady, 16000: rotator.ReadOnly, 1045: rotator.Broken, 604: rotator.Broken,
	} {
		f.add("reason", "Right-1").refusal = code
		if got := reasonOf(t, f.login(t, "reason", "Right-1")); got != want {
			t.Errorf("ORA-%05d: %q", code, got)
		}
	}
	f.add("right", "Right-1")
	for _, c := range []struct {
		change func(*rotator.Credential)
		want   rotator.Reason
	}{
		{func(*rotator.Credential) {}, ""},
		{func(c *rotator.Credential) { c.Password = secret.Text("wrong") }, rotator.Refused},
		{func(c *rotator.Credential) { c.Username = "nobody" }, rotator.Refused},
		{func(c *rotator.Credential) { c.Database = "ORCL" }, ""}, // a SID
		{func(c *rotator.Credential) { c.Database = "none" }, rotator.NoDatabase},
		{func(c *rotator.Credential) { c.Database = "" }, rotator.NoDatabase},
		{func(c *rotator.Credential) { c.Database = "x)(HOST=elsewhere" }, rotator.NoDatabase},
	} {
		with := credential("right", "Right-1")
		c.change(&with)
		_, err := f.engine().Login(t.Context(), with, &contract.Report{})
		if got := reasonOf(t, err); got != c.want {
			t.Errorf("%+v: %q: %v", with, got, err)
		}
	}
}

// What the suite may want to do to a user.

func (f *fake) refuse(name string, code int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users[oracle.Canonical(name)].refusal = code
}

func (f *fake) lock(_ testing.TB, name string)   { f.refuse(name, 28000) }
func (f *fake) expire(_ testing.TB, name string) { f.refuse(name, 28001) }
func (f *fake) limit(_ testing.TB, name string)  { f.refuse(name, 2391) }

var privileges = []string{`SELECT ON "OWNER . "ONE`, `"TWO`}

func (f *fake) grant(_ testing.TB, name string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users[oracle.Canonical(name)].grants[privileges[n]] = grant{}
}

func (f *fake) revoke(_ testing.TB, name string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.users[oracle.Canonical(name)].grants, privileges[n])
}

func (f *fake) can(t testing.TB, name, password string, n int) bool {
	f.mu.Lock()
	_, ok := f.users[oracle.Canonical(name)].grants[privileges[n]]
	f.mu.Unlock()
	return ok && f.login(t, name, password) == nil
}

// listener is a listener that knows no service and no instance, on the real wire.
func listener(t *testing.T, c *tls.Config) (port int) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port = l.Addr().(*net.TCPAddr).Port
	if c != nil {
		l = tls.NewListener(l, c)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			refuse(conn)
		}
	}()
	return port
}

// refuse reads a CONNECT packet and answers with REFUSE.
func refuse(conn net.Conn) {
	defer conn.Close()
	header := make([]byte, 8)
	if _, err := io.ReadFull(conn, header); err != nil || header[4] != 1 {
		return
	}
	rest := make([]byte, int(binary.BigEndian.Uint16(header))-len(header))
	if _, err := io.ReadFull(conn, rest); err != nil {
		return
	}
	err := "12514"
	if strings.Contains(string(rest), "(SID=") {
		err = "12505"
	}
	text := "(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR=" + err + ")(ERROR_STACK=(ERROR=(CODE=" + err + ")(EMFI=4))))"
	packet := binary.BigEndian.AppendUint16(nil, uint16(12+len(text)))
	packet = append(packet, 0, 0, 4, 0, 0, 0, 0, 0)
	packet = binary.BigEndian.AppendUint16(packet, uint16(len(text)))
	conn.Write(append(packet, text...))
}

// TestWire speaks with go-ora: what there is no server for ends at the listener.
func TestWire(t *testing.T) {
	t.Parallel()
	config, ca := certificate(t)
	plain, secured := listener(t, nil), listener(t, config)
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, c := range []struct {
		name  string
		value map[string]any
		want  rotator.Reason
	}{
		{"no such service", map[string]any{"port": plain}, rotator.NoDatabase},
		{"known certificate", map[string]any{"port": secured, "ssl": true, "sslrootcert": ca}, rotator.NoDatabase},
		{"known certificate, own name", map[string]any{"port": secured, "ssl": true, "sslrootcert": ca, "sslservername": "db.example"}, rotator.NoDatabase},
		{"unknown certificate", map[string]any{"port": secured, "ssl": true}, rotator.TLSFailed},
		{"unknown certificate, own name", map[string]any{"port": secured, "ssl": true, "sslservername": "db.example"}, rotator.TLSFailed},
		{"certificate of another name", map[string]any{"port": secured, "ssl": true, "sslrootcert": ca, "sslservername": "elsewhere.example"}, rotator.TLSFailed},
		{"no TLS", map[string]any{"port": plain, "ssl": true}, rotator.NoTLS},
		{"no TLS, by default", map[string]any{"port": plain, "ssl": nil}, rotator.NoTLS}, // the new password would be told in clear
		{"unknown host", map[string]any{"host": "no-such-host.invalid"}, rotator.Unresolved},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			v := value("somebody", "Right-1")
			v["host"] = "127.0.0.1"
			for key, to := range c.value {
				v[key] = to
			}
			s := rotatortest.New(t, rotatortest.NewSecrets(), "wire", rotator.SingleUser, oracle.Engine{}, v)
			if err := set(s); err == nil || reasonOf(t, err) != c.want {
				t.Errorf("%v", err)
			}
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := credential("somebody", "Right-1")
	c.Host, c.Port = "127.0.0.1", silent.Addr().(*net.TCPAddr).Port
	if _, err := (oracle.Engine{}).Login(ctx, c, &contract.Report{}); reasonOf(t, err) != rotator.TimedOut {
		t.Errorf("a silent server: %v", err)
	}
}

func certificate(t *testing.T) (*tls.Config, string) {
	t.Helper()
	pair, err := certtest.New("db.example", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	config, err := pair.Config()
	if err != nil {
		t.Fatal(err)
	}
	return config, string(pair.CA)
}
