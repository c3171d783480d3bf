package httpd_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/httpd"
)

// served is a server of ours and one of net/http with the same handler.
type served struct{ ours, theirs string }

func serveBoth(t testing.TB, handler http.HandlerFunc) served {
	t.Helper()
	return served{serve(t, newServer(handler)), serve(t, &http.Server{Handler: handler, MaxHeaderBytes: 8 << 10})}
}

func newServer(handler http.HandlerFunc) *httpd.Server {
	return httpd.New(httpd.Config{
		Handler: handler, Log: slog.New(slog.DiscardHandler), MaxHeader: 16 << 10,
		ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: time.Minute,
	})
}

func serve(t testing.TB, server interface {
	Serve(net.Listener) error
	Shutdown(context.Context) error
}) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		server.Shutdown(ctx)
		if err := <-done; err != nil && !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// seen is what a handler is shown of a request.
type seen struct {
	Method, Path, Query, Host, Proto, URI string
	Header                                http.Header
	Length                                int64
	Body                                  string
	Close                                 bool
}

// echo answers with what it is shown.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for _, apart := range []string{"Content-Length", "Connection"} { // there are members for them
		r.Header.Del(apart)
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(seen{
		r.Method, r.URL.Path, r.URL.RawQuery, r.Host, r.Proto, r.RequestURI, r.Header, r.ContentLength, string(body), r.Close,
	})
}

// say sends text on a connection of its own, and gives the answers.
func say(t testing.TB, address, text string, answers int) (all []*http.Response, bodies []string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(20 * time.Second))
	go io.WriteString(c, text)
	from := bufio.NewReader(c)
	method, _, _ := strings.Cut(text, " ")
	for range answers {
		answer, err := http.ReadResponse(from, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%.60q: answer %d: %v", text, len(all)+1, err)
		}
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatalf("%.60q: %v", text, err)
		}
		all, bodies = append(all, answer), append(bodies, string(body))
	}
	return all, bodies
}

// TestRequests shows the handler every request as net/http does.
func TestRequests(t *testing.T) {
	s := serveBoth(t, echo)
	for name, text := range map[string]string{
		"a call": "POST / HTTP/1.1\r\nHost: h:1\r\nX-Amz-Target: secretsmanager.ListSecrets\r\nContent-Type: a/b\r\n" +
			"User-Agent: u\r\nAuthorization: AWS4\r\nContent-Length: 2\r\n\r\n{}",
		"lower case":         "POST / HTTP/1.1\r\nhost: h\r\nx-amz-date: 20260101T000000Z\r\ncontent-length: 2\r\n\r\n{}",
		"a field twice":      "POST / HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nX-B: 3\r\nX-A: 4\r\nContent-Length: 0\r\n\r\n",
		"spaces":             "POST / HTTP/1.1\r\nHost: h\r\nX-A:   a  b  \r\nX-B:\r\nContent-Length: 0\r\n\r\n",
		"in chunks":          "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		"no body":            "GET /a/b?c=d&e HTTP/1.1\r\nHost: h\r\n\r\n",
		"nothing announced":  "POST / HTTP/1.1\r\nHost: h\r\n\r\n",
		"an escaped path":    "GET /a%2Fb/%7Bc%7D;d HTTP/1.1\r\nHost: h\r\n\r\n",
		"dots and slashes":   "GET //a/../b/./c HTTP/1.1\r\nHost: h\r\n\r\n",
		"a whole URL":        "GET http://other:2/p?q HTTP/1.1\r\nHost: h\r\n\r\n",
		"HTTP/1.0":           "GET / HTTP/1.0\r\nHost: h\r\n\r\n",
		"the last of many":   "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
		"another method":     "PATCH /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
		"a method of no one": "BREW / HTTP/1.1\r\nHost: h\r\n\r\n",
		"some kilobytes":     "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n" + strings.Repeat("0123456789", 7000),
		"UTF-8":              "POST / HTTP/1.1\r\nHost: h\r\nX-A: \xc3\xa9\r\nContent-Length: 2\r\n\r\n\xc3\xa9",
	} {
		t.Run(name, func(t *testing.T) {
			ours, our := say(t, s.ours, text, 1)
			theirs, their := say(t, s.theirs, text, 1)
			if ours[0].StatusCode != theirs[0].StatusCode || our[0] != their[0] || ours[0].Close != theirs[0].Close {
				t.Errorf("ours:   %s close %v %s\ntheirs: %s close %v %s",
					ours[0].Status, ours[0].Close, our[0], theirs[0].Status, theirs[0].Close, their[0])
			}
		})
	}
}

// TestNoRequest refuses what net/http refuses, with the same status.
func TestNoRequest(t *testing.T) {
	s := serveBoth(t, echo)
	for name, text := range map[string]string{
		"no HTTP":                "hello\r\n\r\n",
		"no host":                "GET / HTTP/1.1\r\n\r\n",
		"two hosts":              "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"two lengths":            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"a negative length":      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"a length of words":      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
		"a length beyond counts": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
		"a space before a colon": "GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n",
		"no colon":               "GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n",
		"a NUL":                  "GET / HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n",
		"a bad escape":           "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
		"too long a header":      "GET / HTTP/1.1\r\nHost: a\r\nX-A: " + strings.Repeat("a", 20<<10) + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			ours, _ := say(t, s.ours, text, 1)
			theirs, _ := say(t, s.theirs, text, 1)
			if ours[0].StatusCode != theirs[0].StatusCode || !ours[0].Close {
				t.Errorf("ours %s, close %v; theirs %s", ours[0].Status, ours[0].Close, theirs[0].Status)
			}
		})
	}
}

// TestOneConnection has requests that differ follow each other: what is kept of
// one must not be seen in the next.
func TestOneConnection(t *testing.T) {
	s := serveBoth(t, echo)
	var text strings.Builder
	for i := range 6 {
		fmt.Fprintf(&text, "POST / HTTP/1.1\r\nHost: h%d\r\nX-Same: s\r\n", i/2)
		for j := range i % 3 {
			fmt.Fprintf(&text, "X-Other: %d\r\nX-%d: %d\r\n", j, i, j)
		}
		fmt.Fprintf(&text, "Content-Length: %d\r\n\r\n%s", i, "abcdef"[:i])
	}
	_, our := say(t, s.ours, text.String(), 6)
	_, their := say(t, s.theirs, text.String(), 6)
	for i := range our {
		if our[i] != their[i] {
			t.Errorf("%d\nours:   %s\ntheirs: %s", i, our[i], their[i])
		}
	}
}

// TestUnreadBody is not taken for the next request, and an answer arrives although
// the client still sends.
func TestUnreadBody(t *testing.T) {
	s := serveBoth(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Method) })
	smuggled := "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	text := fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%sPUT / HTTP/1.1\r\nHost: h\r\n\r\n", len(smuggled), smuggled)
	if _, got := say(t, s.ours, text, 2); got[0] != "POST" || got[1] != "PUT" {
		t.Errorf("%q", got)
	}
	text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nPUT / HTTP/1.1\r\nHost: h\r\n\r\n"
	if _, got := say(t, s.ours, text, 2); got[0] != "POST" || got[1] != "PUT" {
		t.Errorf("in chunks: %q", got)
	}
	for _, length := range []int{1 << 20, 64 << 20} {
		text := fmt.Sprintf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", length, strings.Repeat("x", length))
		if answers, got := say(t, s.ours, text, 1); got[0] != "POST" || !answers[0].Close {
			t.Errorf("%d bytes: %q, close %v", length, got, answers[0].Close)
		}
	}
}

// TestHead has the length of what is not sent.
func TestHead(t *testing.T) {
	s := serveBoth(t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	answers, bodies := say(t, s.ours, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", 1)
	if answers[0].ContentLength != 5 || bodies[0] != "" {
		t.Errorf("%d, %q", answers[0].ContentLength, bodies[0])
	}
}

// TestExpect sends a body only when it was asked for.
func TestExpect(t *testing.T) {
	s := serveBoth(t, echo)
	c, err := net.Dial("tcp", s.ours)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	from := bufio.NewReader(c)
	if line, _ := from.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q", line)
	}
	from.ReadString('\n')
	fmt.Fprint(c, "{}")
	answer, err := http.ReadResponse(from, nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
}

// TestPanic ends its connection and nothing else.
func TestPanic(t *testing.T) {
	var log bytes.Buffer
	server := httpd.New(httpd.Config{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "half")
			switch r.URL.Path {
			case "/panic":
				panic("oh")
			case "/abort":
				panic(http.ErrAbortHandler)
			}
		}), Log: slog.New(slog.NewTextHandler(&log, nil)), MaxHeader: 4096,
	})
	address := serve(t, server)
	for _, path := range []string{"/panic", "/abort", "/"} {
		answers, bodies := say(t, address, "GET "+path+" HTTP/1.1\r\nHost: h\r\n\r\n", 1)
		if failed := path != "/"; (answers[0].StatusCode == 500) != failed || answers[0].Close != failed || (bodies[0] == "half") == failed {
			t.Errorf("%s: %s, close %v, %q", path, answers[0].Status, answers[0].Close, bodies[0])
		}
	}
	if text := log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "panic=oh") {
		t.Error(text)
	}
}

// TestShutdown lets a request under way end.
func TestShutdown(t *testing.T) {
	began, finish := make(chan struct{}), make(chan struct{})
	server := newServer(func(w http.ResponseWriter, _ *http.Request) {
		close(began)
		<-finish
		io.WriteString(w, "done")
	})
	address := serve(t, server)
	answered := make(chan string)
	go func() {
		_, bodies := say(t, address, "GET / HTTP/1.1\r\nHost: h\r\n\r\n", 1)
		answered <- bodies[0]
	}()
	<-began
	down := make(chan error, 1)
	go func() { down <- server.Shutdown(t.Context()) }()
	for { // it takes no more connections before the request has ended
		c, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		c.Close()
	}
	close(finish)
	if got := <-answered; got != "done" {
		t.Error(got)
	}
	if err := <-down; err != nil {
		t.Error(err)
	}
}

// TestCutOff tells a request that does not end by its context.
func TestCutOff(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	server := newServer(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
		close(ended)
	})
	address := serve(t, server)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-began
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := server.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	<-ended
}

// TestShutdownFirst serves nothing.
func TestShutdownFirst(t *testing.T) {
	server := newServer(echo)
	if err := server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(l); err != nil {
		t.Error(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// TestTimeouts close connections of clients that send nothing, or not all.
func TestTimeouts(t *testing.T) {
	server := httpd.New(httpd.Config{
		Handler: http.HandlerFunc(echo), Log: slog.New(slog.DiscardHandler), MaxHeader: 4096,
		ReadTimeout: 50 * time.Millisecond, WriteTimeout: time.Minute, IdleTimeout: 50 * time.Millisecond,
	})
	address := serve(t, server)
	for _, text := range []string{
		"", "GET / HTTP/1.1\r\nHo", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx",
	} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		c.SetDeadline(time.Now().Add(20 * time.Second))
		io.WriteString(c, text)
		if _, err := io.ReadAll(c); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		c.Close()
	}
}

// TestWatch ends when the client goes away, and not when it only waits or asks for
// more.
func TestWatch(t *testing.T) {
	began, ended := make(chan struct{}, 3), make(chan error, 3)
	proceed := make(chan struct{})
	address := serve(t, newServer(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := httpd.Watch(w, r)
		defer cancel()
		began <- struct{}{}
		select {
		case <-proceed:
		case <-ctx.Done():
		}
		ended <- ctx.Err()
	}))
	text := "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
	answered := make(chan int)
	go func() {
		answers, _ := say(t, address, text+text, 2)
		answered <- len(answers)
	}()
	for range 2 {
		<-began
		proceed <- struct{}{}
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	<-answered
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(c, text)
	<-began
	c.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
