package mysql_test

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// cutter passes on what goes to a server, and breaks the connection when the
// n-th statement that changes something has arrived: it is carried out, and
// nobody hears of it.
type cutter struct {
	mu   sync.Mutex
	left int // statements until the cut; none is cut below 1
}

func (c *cutter) counts(packet []byte) (cut bool) {
	for _, begin := range []string{"CREATE ", "ALTER ", "GRANT ", "REVOKE ", "SET PASSWORD", "SET DEFAULT"} {
		if packet[3] == 0 && packet[4] == 3 && strings.HasPrefix(string(packet[5:]), begin) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.left--
			return c.left == 0
		}
	}
	return false
}

// serve is one connection.
func (c *cutter) serve(conn net.Conn) {
	to, err := net.Dial("tcp", net.JoinHostPort(server.Host, strconv.Itoa(server.Port)))
	if err != nil {
		return
	}
	defer to.Close()
	cut := make(chan struct{})
	var back sync.WaitGroup
	back.Go(func() { // what the server says, until the cut
		buffer := make([]byte, 1<<16)
		for {
			n, err := to.Read(buffer)
			select {
			case <-cut: // that was the answer: the statement is done
				conn.Close()
				return
			default:
			}
			if err != nil {
				conn.Close()
				return
			}
			conn.Write(buffer[:n])
		}
	})
	defer back.Wait()
	in := bufio.NewReader(conn)
	for {
		packet := make([]byte, 4)
		if _, err := io.ReadFull(in, packet); err != nil {
			to.Close()
			return
		}
		packet = append(packet, make([]byte, int(packet[0])|int(packet[1])<<8|int(packet[2])<<16)...)
		if _, err := io.ReadFull(in, packet[4:]); err != nil {
			to.Close()
			return
		}
		if c.counts(packet) {
			close(cut)
		}
		to.Write(packet)
	}
}

// TestCutOff loses the connection after each statement in turn of making, and of
// renewing, the second user. The next attempt finishes what was begun.
func TestCutOff(t *testing.T) {
	t.Parallel()
	c := &cutter{}
	through := impostor(t, rotator.Credential{}, c.serve)
	cuts := 0
	for n, last := 1, false; !last; n++ {
		user := "cut" + strconv.Itoa(n)
		newUser(t, user, "right", "WITH MAX_QUERIES_PER_HOUR 1000000")
		execute(t, "CREATE DATABASE IF NOT EXISTS cut", "CREATE ROLE IF NOT EXISTS cut_role", "GRANT SELECT, INSERT ON cut.* TO "+anywhere(user), "GRANT RELOAD ON *.* TO "+anywhere(user), "GRANT cut_role TO "+anywhere(user))
		s := alternating(t, with(value(user, "right"), "port", through.Port))
		last = true
		for range 2 { // making, then renewing with what has changed since
			s.Begin()
			s.Run(secret.CreateSecret)
			c.left = n
			err := s.Step(secret.SetSecret)
			if c.left < 1 {
				last = false
				cuts++
				if err == nil {
					t.Errorf("cut after statement %d: setSecret succeeded", n)
				}
			}
			inUse, password := s.Login(secret.Current)
			accepts(t, inUse, password)
			c.left = 0
			s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
			alike(t, user, user+"_clone")
			acceptsCurrent(t, s)
			inUse, _ = s.Login(secret.Current)
			execute(t, "REVOKE INSERT ON cut.* FROM "+anywhere(inUse), "GRANT UPDATE ON cut.* TO "+anywhere(inUse),
				"SET DEFAULT ROLE cut_role FOR "+anywhere(inUse), "ALTER USER "+anywhere(inUse)+" WITH MAX_QUERIES_PER_HOUR 2000000")
		}
	}
	if cuts < 10 {
		t.Errorf("%d cuts: this test shows little", cuts)
	}
}
