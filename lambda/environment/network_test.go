package environment_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/lambda/environment"
)

// tcp serves each connection with a function of its own, and gives its address.
func tcp(t testing.TB, serve func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.AcceptTCP()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

const connects = `
import socket, hashlib
c = socket.create_connection(("db.example.com", 5432), timeout=20)
def rest():
    h, size = hashlib.sha256(), 0
    while data := c.recv(1 << 16):
        h.update(data)
        size += len(data)
    return [h.hexdigest(), size]
`

const large = 48 << 20

// TestLargeTransfers: the target answers only once it has seen the end of what is
// sent, so one direction is closed while the other works.
func TestLargeTransfers(t *testing.T) {
	t.Parallel()
	back := bytes.Repeat([]byte("0123456789abcde\n"), large/16)
	address := tcp(t, func(c *net.TCPConn) {
		h := sha256.New()
		io.Copy(h, c)
		io.WriteString(c, hex.EncodeToString(h.Sum(nil)))
		c.Write(back)
	})
	p := newRestricting(t, internet{"db.example.com:5432": address})
	f := restrict(python(t, connects+`
c.sendall(b"abcdefghijklmno\n" * (event // 16))
c.shutdown(socket.SHUT_WR)
said = b""
while len(said) < 64:
    said += c.recv(64 - len(said))
return [said.decode()] + rest()`), "db.example.com:5432")
	sent, got := sha256.Sum256(bytes.Repeat([]byte("abcdefghijklmno\n"), large/16)), sha256.Sum256(back)
	want, _ := json.Marshal([]any{hex.EncodeToString(sent[:]), hex.EncodeToString(got[:]), large})
	if got := strings.ReplaceAll(succeed(t, p, f, "50331648"), ", ", ","); got != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestTargetsThatFail: a function learns that a connection broke, and never takes
// that for the end of the data. Why is in its log.
func TestTargetsThatFail(t *testing.T) {
	t.Parallel()
	down := freePort(t)
	breaks := tcp(t, func(c *net.TCPConn) {
		io.WriteString(c, "half")
		io.ReadFull(c, make([]byte, 1)) // so that it is read before the reset
		c.SetLinger(0)
	})
	kept := &logs{}
	p := newPool(t, environment.Config{Enclose: encloseArgs, Sink: kept.add, Dial: internet{"down.example:1": down, "breaks.example:1": breaks}.dial})
	f := restrict(python(t, `
import socket
said = b""
try:
    c = socket.create_connection((event, 1), timeout=20)
    while data := c.recv(100):
        said += data
        c.send(b"x")
    return said.decode() + " end"
except OSError as e:
    return said.decode() + " " + type(e).__name__`), "down.example:1 breaks.example:1 no.such.host.invalid:1")
	for host, want := range map[string]string{"breaks.example": `"half ConnectionResetError"`, "down.example": `" ConnectionResetError"`, "no.such.host.invalid": `" ConnectionResetError"`} {
		if got := succeed(t, p, f, `"`+host+`"`); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
	for _, want := range []string{"Network: down.example:1 cannot be reached: ", "connection refused\n", "Network: no.such.host.invalid:1 cannot be reached: "} {
		if !strings.Contains(kept.String(), want) {
			t.Errorf("the log %s has no %q", kept, want)
		}
	}
}

// TestConnectionsEndWithTheEnvironment, which keeps one open and idle.
func TestConnectionsEndWithTheEnvironment(t *testing.T) {
	t.Parallel()
	ended := make(chan error, 10)
	address := tcp(t, func(c *net.TCPConn) {
		io.WriteString(c, "hello")
		_, err := io.Copy(io.Discard, c)
		ended <- err
	})
	p := newRestricting(t, internet{"db.example.com:5432": address})
	f := restrict(python(t, connects+"global kept\nkept = c\nwhile event == 2: pass\nreturn c.recv(5).decode()"), "db.example.com:5432")
	if got := succeed(t, p, f, "1"); got != `"hello"` {
		t.Errorf("result %s", got)
	}
	select {
	case err := <-ended:
		t.Errorf("the connection of a warm environment ended: %v", err)
	default:
	}
	p.Retire(f.ARN)
	<-ended
	f.Timeout = 1e9
	expectFailure(t, invoke(t, p, f, "2"), "Sandbox.Timedout")
	<-ended
}

// TestManyConnections has more at the same time than the server takes: those that
// are over wait, and get their turn.
func TestManyConnections(t *testing.T) {
	t.Parallel()
	address := tcp(t, func(c *net.TCPConn) { io.Copy(c, c) })
	p := newRestricting(t, internet{"db.example.com:5432": address})
	f := restrict(python(t, `
import socket
all = [socket.create_connection(("db.example.com", 5432), timeout=20) for _ in range(300)]
for i, c in enumerate(all):
    c.sendall(b"%d" % i)
    c.shutdown(socket.SHUT_WR)
right = 0
for i, c in enumerate(all):
    right += c.recv(100) == b"%d" % i
    c.close()
return right`), "db.example.com:5432")
	for range 2 {
		if got := succeed(t, p, f, "1"); got != "300" {
			t.Errorf("%s of 300 were answered", got)
		}
	}
}

// TestFloodOfFailures: what a function can cause as often as it likes has a limit.
func TestFloodOfFailures(t *testing.T) {
	t.Parallel()
	kept := &logs{}
	const limit = 4 << 10
	p := newPool(t, environment.Config{Enclose: encloseArgs, Sink: kept.add, MaxLog: limit, Dial: internet{"db.example.com:5432": freePort(t)}.dial})
	f := restrict(python(t, `
import socket
for _ in range(200):
    try:
        socket.create_connection(("db.example.com", 5432), timeout=20).recv(1)
    except OSError:
        pass`), "db.example.com:5432")
	succeed(t, p, f, "1")
	if n := len(kept.String()); n > limit+2048 || !strings.Contains(kept.String(), "is not kept") {
		t.Errorf("%d bytes of log were kept, of %d: %.500s", n, limit, kept)
	}
}
