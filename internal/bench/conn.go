package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/app"
)

// conn is a keep-alive connection that sends one signed request at a time: as
// much of HTTP/1.1 as it takes, and no more. It is for one goroutine.
type conn struct {
	net.Conn
	in   *bufio.Reader
	sign *signer
	out  []byte
}

const (
	answerBuffer = 8 << 10
	answerLimit  = 60 * time.Second
)

// dial connects to an address, http://HOST:PORT.
func dial(e app.Endpoint, url string) (*conn, error) {
	host := strings.TrimPrefix(url, "http://")
	c, err := net.Dial("tcp", host)
	if err != nil {
		return nil, err
	}
	id := newToken()
	return &conn{Conn: c, in: bufio.NewReaderSize(c, answerBuffer), sign: newSigner(e, host, id)}, nil
}

// dialAll makes so many connections.
func dialAll(e app.Endpoint, url string, n int) ([]*conn, error) {
	var all []*conn
	for range n {
		c, err := dial(e, url)
		if err != nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func closeAll(all []*conn) {
	for _, c := range all {
		c.Close()
	}
}

// prepare signs a request, to be sent by exchange.
func (c *conn) prepare(target string, body []byte, now time.Time) {
	c.out = c.sign.append(c.out[:0], target, body, now)
}

// exchange sends the request and reads the whole answer, which must be a good
// one. The body is kept only on request.
func (c *conn) exchange(keep bool) (body []byte, err error) {
	if _, err := c.Write(c.out); err != nil {
		return nil, err
	}
	ok, length, err := c.head()
	if err != nil {
		return nil, err
	}
	if ok && !keep {
		_, err = c.in.Discard(length)
		return nil, err
	}
	body = make([]byte, length)
	if _, err = io.ReadFull(c.in, body); err == nil && !ok {
		err = fmt.Errorf("refused: %s", body)
	}
	return body, err
}

var (
	statusOK      = []byte("HTTP/1.1 200 ")
	contentLength = []byte("content-length:")
)

// head reads the status line and the headers.
func (c *conn) head() (ok bool, length int, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return false, 0, err
	}
	ok, length = bytes.HasPrefix(line, statusOK), -1
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return ok, 0, err
		}
		if len(line) <= 2 {
			break
		}
		if n := len(contentLength); len(line) > n && bytes.EqualFold(line[:n], contentLength) {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(line[n:]))); err != nil {
				return ok, 0, err
			}
		}
	}
	if length < 0 {
		return ok, 0, errors.New("an answer without Content-Length")
	}
	return ok, length, nil
}

// call makes one request and gives the answer.
func (c *conn) call(target string, body []byte) ([]byte, error) {
	now := time.Now()
	if err := c.SetDeadline(now.Add(answerLimit)); err != nil {
		return nil, err
	}
	c.prepare(target, body, now)
	answer, err := c.exchange(true)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", target, err)
	}
	return answer, c.SetDeadline(time.Time{})
}
