package httpd_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// FuzzConnection sends anything to a server, which must answer in HTTP or not at
// all, and goes on serving.
func FuzzConnection(f *testing.F) {
	for _, text := range []string{
		"", "\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}GET",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nX: y\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9\r\n\r\n--b\r\n\r\n--b",
		"GET http://u:p@[::1%25a]:1/%zz?%%#f HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n",
		"HEAD * HTTP/1.1\r\nhost:\r\nX: a\r\n b\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	address := serve(f, newServer(echo))
	f.Fuzz(func(t *testing.T, text []byte) {
		if answer := exchange(t, address, text); len(answer) > 0 && !bytes.HasPrefix(answer, []byte("HTTP/1.1 ")) {
			t.Errorf("%q", answer)
		}
		if answer := exchange(t, address, []byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n")); !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 ")) {
			t.Errorf("and then: %q", answer)
		}
	})
}

// exchange sends all that there is to send, and gives all that comes back.
func exchange(t *testing.T, address string, text []byte) []byte {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	go func() {
		c.Write(text)
		c.(*net.TCPConn).CloseWrite()
	}()
	answer, _ := io.ReadAll(c) // a reset may follow it
	return answer
}
