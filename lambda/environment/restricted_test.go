package environment_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/lambda/environment"
)

// internet has names and addresses that lead to servers of a test.
type internet map[string]string

func (i internet) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if real, ok := i[address]; ok {
		address = real
	}
	var d net.Dialer
	return d.DialContext(ctx, network, address)
}

// newRestricting starts a pool that can restrict functions.
func newRestricting(t testing.TB, i internet) *environment.Pool {
	t.Helper()
	p := newPool(t, environment.Config{Enclose: encloseArgs, Dial: i.dial})
	if !holds(p, environment.Restrictions) {
		t.Fatalf("capabilities: %+v", p.Capabilities())
	}
	return p
}

func restrict(f *environment.Function, targets string) *environment.Function {
	f.Network = &targets
	return f
}

// web starts a server that says its name, and gives its address.
func web(t testing.TB, name string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, name) }))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// freePort is one of loopback at which nobody listens.
func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// fetch gets what is at an address, or says why not.
const fetch = `
import http.client
def get(address):
    host, port = address.rsplit(":", 1)
    c = http.client.HTTPConnection(host.strip("[]"), int(port), timeout=5)
    try:
        c.request("GET", "/")
        return c.getresponse().read().decode()
    except OSError as e:
        return type(e).__name__ + " " + os.strerror(e.errno) if e.errno and e.errno > 0 else type(e).__name__
    finally:
        c.close()
return {a: get(a) for a in event}`

func fetched(t testing.TB, p *environment.Pool, f *environment.Function, addresses ...string) map[string]string {
	t.Helper()
	payload, err := json.Marshal(addresses)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(succeed(t, p, f, string(payload))), &got); err != nil {
		t.Fatal(err)
	}
	return got
}

func expectFetched(t testing.TB, got, want map[string]string) {
	t.Helper()
	for address, text := range want {
		if got[address] != text {
			t.Errorf("%s: %q, want %q", address, got[address], text)
		}
	}
}

// TestTargets: by name, by address, on loopback; and what every function may reach.
func TestTargets(t *testing.T) {
	t.Parallel()
	here := web(t, "here")
	_, port, _ := net.SplitHostPort(here)
	api := web(t, "the API")
	p := newPool(t, environment.Config{Enclose: encloseArgs, Reach: []string{api}, Dial: internet{
		"db.example.com:443": web(t, "a database"), "db.example.com:5432": web(t, "its other port"), "other.example.com:443": web(t, "another"),
		"10.2.3.4:5432": web(t, "by address"), "[2001:db8::1]:5432": web(t, "by long address"), "127.0.1.2:443": web(t, "on loopback"),
	}.dial})
	targets := "DB.example.com:443, db.example.com:5432\tother.example.com:443,10.2.3.4:5432 [2001:db8::1]:5432 127.0.1.2:443 localhost:" + port + " " + here
	want := map[string]string{
		"db.example.com:443": "a database", "db.example.com:5432": "its other port", "other.example.com:443": "another",
		"10.2.3.4:5432": "by address", "[2001:db8::1]:5432": "by long address", "127.0.1.2:443": "on loopback",
		"localhost:" + port: "here", here: "here", api: "the API",
	}
	var all []string
	for address := range want {
		all = append(all, address)
	}
	expectFetched(t, fetched(t, p, restrict(python(t, fetch), targets), all...), want)
	expectFetched(t, fetched(t, p, restrict(python(t, fetch), ""), api, here, "db.example.com:443"), map[string]string{
		api: "the API", here: "ConnectionRefusedError Connection refused", "db.example.com:443": "gaierror",
	})
}

// TestTargetsByOtherRuntimes: programs look names up in ways of their own.
func TestTargetsByOtherRuntimes(t *testing.T) {
	t.Parallel()
	p := newRestricting(t, internet{"db.example.com:80": web(t, "a database")})
	node := function(t, "nodejs20.x", `export const handler = async (url) => {
		try { return await (await fetch(url)).text() } catch (e) { return e.cause.code } }`)
	restrict(node, "db.example.com:80")
	for url, want := range map[string]string{"http://db.example.com": "a database", "http://other.example.com": "EAI_AGAIN", "http://10.0.0.1": "ENETUNREACH"} {
		if got := succeed(t, p, node, `"`+url+`"`); got != `"`+want+`"` {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	if got := succeed(t, p, restrict(providedFunction(t), ""), `{"Step":"testSecret"}`); !strings.Contains(got, "testSecret") {
		t.Errorf("a static program answers %s", got)
	}
}

// TestNothingElseIsReached: each of these an unrestricted function does reach.
func TestNothingElseIsReached(t *testing.T) {
	t.Parallel()
	own := web(t, "mine")
	_, port, _ := net.SplitHostPort(own)
	p := newRestricting(t, internet{"db.example.com:443": own})
	outward := outwardAddress(t)
	s := &http.Server{Handler: http.NotFoundHandler()}
	l, err := net.Listen("tcp", net.JoinHostPort(outward, "0"))
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	open, closed := fetched(t, p, python(t, fetch), own, l.Addr().String()), fetched(t, p, restrict(python(t, fetch), "db.example.com:443"),
		own, l.Addr().String(), "127.0.1.2:"+port, "db.example.com:"+port, "db.example.com:80", "other.example.com:443", "192.0.2.1:443", "169.254.169.254:80", "[::1]:"+port)
	if open[own] != "mine" || !strings.Contains(open[l.Addr().String()], "404") {
		t.Errorf("without a restriction: %q", open)
	}
	const refused, away, unknown = "ConnectionRefusedError Connection refused", "OSError Network is unreachable", "gaierror"
	expectFetched(t, closed, map[string]string{
		own: refused, "127.0.1.2:" + port: refused, "db.example.com:" + port: refused, "db.example.com:80": refused, "[::1]:" + port: refused,
		"other.example.com:443": unknown, l.Addr().String(): away, "192.0.2.1:443": away, "169.254.169.254:80": away,
	})
}

// outwardAddress is one of this host's that is not loopback.
func outwardAddress(t testing.TB) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	t.Fatal("this host has no network")
	return ""
}

// TestNoWayRound: other kinds of sockets, and rights over the network.
func TestNoWayRound(t *testing.T) {
	t.Parallel()
	name := "alberti-test-" + uuid.NewString()
	l, err := net.Listen("unix", "@"+name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := newRestricting(t, nil)
	const ways = `
import socket, fcntl, struct
def attempt(do):
    try:
        do()
        return "done"
    except OSError as e:
        return os.strerror(e.errno)
def abstract():
    socket.socket(socket.AF_UNIX).connect("\0" + event)
def down():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    fcntl.ioctl(s, 0x8914, struct.pack("16sh22x", b"lo", 0)) # SIOCSIFFLAGS
def udp():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    if libc.syscall(number, *args) < 0:
        raise OSError(ctypes.get_errno(), "")
def ring():
    call(425, 4, ctypes.create_string_buffer(256))
def namespace():
    if libc.unshare(0x40000000) < 0:
        raise OSError(ctypes.get_errno(), "")
status = dict(line.split(":\t") for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
files = []
for n in os.listdir("/proc/self/fd"):
    try:
        files.append(os.readlink("/proc/self/fd/" + n).split(":")[0])
    except OSError:
        pass
return {
    "abstract": attempt(abstract), "down": attempt(down), "udp": attempt(udp), "ring": attempt(ring), "namespace": attempt(namespace),
    "vsock": attempt(lambda: socket.socket(40, socket.SOCK_STREAM)), "packet": attempt(lambda: socket.socket(17, socket.SOCK_RAW)),
    "caps": status["CapEff"].strip("0") + status["CapPrm"].strip("0") + status["CapInh"].strip("0") + status["CapAmb"].strip("0") + status["CapBnd"].strip("0"),
    "interfaces": ",".join(n for _, n in socket.if_nameindex()), "files": " ".join(sorted(files)),
}`
	var got map[string]string
	f := restrict(python(t, ways), "")
	if err := json.Unmarshal([]byte(succeed(t, p, f, `"`+name+`"`)), &got); err != nil {
		t.Fatal(err)
	}
	expectFetched(t, got, map[string]string{
		"abstract": "Connection refused", "down": "Operation not permitted", "udp": "Network is unreachable", "ring": "Function not implemented",
		"namespace": "Operation not permitted", "vsock": "Address family not supported by protocol", "packet": "Address family not supported by protocol",
		"caps": "", "interfaces": "lo", "files": "/dev/null pipe pipe socket",
	})
	f.Network = nil
	if err := json.Unmarshal([]byte(succeed(t, p, f, `"`+name+`"`)), &got); err != nil || got["abstract"] != "done" {
		t.Errorf("without a restriction: %q %v", got, err)
	}
}

// TestRestrictionChanges: environments that were started otherwise are not used.
func TestRestrictionChanges(t *testing.T) {
	t.Parallel()
	service := web(t, "service")
	p := newRestricting(t, internet{"a.example:80": service})
	f := python(t, fetch)
	if got := fetched(t, p, f, service); got[service] != "service" {
		t.Errorf("before: %q", got)
	}
	restrict(f, "a.example:80")
	expectFetched(t, fetched(t, p, f, service, "a.example:80"), map[string]string{service: "ConnectionRefusedError Connection refused", "a.example:80": "service"})
	if out := invoke(t, p, f, `["a.example:80"]`); out.InitDuration != 0 {
		t.Error("a restricted environment is not used again")
	}
	restrict(f, "b.example:80")
	if got := fetched(t, p, f, "a.example:80"); got["a.example:80"] != "gaierror" {
		t.Errorf("after: %q", got)
	}
}

func TestRestrictionsThatCannotBe(t *testing.T) {
	t.Parallel()
	bare := newPool(t, environment.Config{WithoutBubblewrap: true, Enclose: encloseArgs})
	foreign := newPool(t, environment.Config{})
	broken := newPool(t, environment.Config{Enclose: []string{"-test.run=^$"}})
	for name, c := range map[string]struct {
		p    *environment.Pool
		text string
		kind fault.Kind
		want string
	}{
		"no bubblewrap":  {bare, "db.example.com:5432", fault.NotReady, "this host cannot hold it to them: that takes bubblewrap, and it is switched off. It was not run"},
		"other programs": {foreign, "", fault.NotReady, "this program does not know how to start such functions"},
		"no answer":      {broken, "", fault.NotReady, "a network namespace cannot be set up"},
		"no port":        {bare, "db.example.com", fault.InvalidParameter, `The tag alberti:network names "db.example.com", which is not HOST:PORT. It names`},
		"port 0":         {bare, "db.example.com:0", fault.InvalidParameter, "has no port from 1 to 65535"},
		"large port":     {bare, "a:1 db.example.com:65536", fault.InvalidParameter, "has no port from 1 to 65535"},
		"no host":        {bare, ":80", fault.InvalidParameter, "has no valid name of a host"},
		"wildcard":       {bare, "*.example.com:80", fault.InvalidParameter, "has no valid name of a host"},
		"any address":    {bare, "0.0.0.0:80", fault.InvalidParameter, "is not the address of one host"},
		"our own":        {bare, "127.0.1.1:80", fault.InvalidParameter, "is not the address of one host"},
		"too many":       {bare, manyTargets(101), fault.InvalidParameter, "names more than 100 targets"},
	} {
		t.Run(name, func(t *testing.T) {
			f := restrict(python(t, "return 'it ran'"), c.text)
			out, err := c.p.Invoke(t.Context(), f, invocation(f, "{}"))
			if fault.KindOf(err) != c.kind || !strings.Contains(fault.Message(err), c.want) || out.Payload != nil {
				t.Errorf("%s %v, want %s", out.Payload, err, c.want)
			}
			works(t, c.p)
		})
	}
}

func manyTargets(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "h%d.example:80 ", i)
	}
	return b.String()
}

func TestMostTargets(t *testing.T) {
	t.Parallel()
	service := web(t, "service")
	p := newRestricting(t, internet{"h0.example:80": service, "h99.example:80": service})
	got := fetched(t, p, restrict(python(t, fetch), manyTargets(100)), "h0.example:80", "h99.example:80")
	expectFetched(t, got, map[string]string{"h0.example:80": "service", "h99.example:80": "service"})
}

// TestRestrictedMemory: what set the network up is not counted as the function's.
func TestRestrictedMemory(t *testing.T) {
	t.Parallel()
	p := newRestricting(t, nil)
	f := python(t, "return None")
	open := invoke(t, p, f, "{}").MaxMemoryMB
	if closed := invoke(t, p, restrict(f, ""), "{}").MaxMemoryMB; closed > open+2 {
		t.Errorf("%d MB, without a restriction %d MB", closed, open)
	}
}

// TestRestrictedTogether: environments at the same time have the same addresses,
// and do not meet.
func TestRestrictedTogether(t *testing.T) {
	t.Parallel()
	addresses := internet{}
	const count = 6
	for i := range count {
		addresses[fmt.Sprintf("db%d.example:443", i)] = web(t, fmt.Sprintf("database %d", i))
	}
	p := newRestricting(t, addresses)
	var together sync.WaitGroup
	for i := range count {
		together.Go(func() {
			own := fmt.Sprintf("db%d.example:443", i)
			f := restrict(python(t, fetch), own)
			for range 3 {
				if got := fetched(t, p, f, own); got[own] != fmt.Sprintf("database %d", i) {
					t.Errorf("%s: %q", own, got)
				}
			}
		})
	}
	together.Wait()
}

// TestRestrictedTimeout: init and invocations end as otherwise.
func TestRestrictedTimeout(t *testing.T) {
	t.Parallel()
	p := newRestricting(t, nil)
	f := restrict(python(t, "while event:\n    pass\nreturn 'quick'"), "")
	f.Timeout = time.Second
	expectFailure(t, invoke(t, p, f, "1"), "Sandbox.Timedout")
	if got := succeed(t, p, f, "0"); got != `"quick"` {
		t.Errorf("result %s", got)
	}
	crash := restrict(function(t, "python3.12", "import sys\nsys.exit(3)\n"), "")
	expectFailure(t, invoke(t, p, crash, "{}"), "Runtime exited with error: exit status 3")
}
