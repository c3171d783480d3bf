package mysql_test

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/mysql"
	"github.com/alberti-dev/alberti/secret"
)

// fake stands in for a MySQL server, which cannot be had here: it speaks the
// protocol, takes every password, gives the answers that it was told to give and
// keeps the statements that change something.
type fake struct {
	version string // "8.0.36"
	user    string // what CURRENT_USER() says; the account app@% when empty
	// rows answers queries; where there are several answers, each once and then the
	// last. A query that is not here is an error. NUL parts columns.
	rows map[string][][]string
	// fails gives errors to statements, by how they begin, the first time.
	fails map[string]uint16

	mu      sync.Mutex
	changes []string
}

// session logs in to a fake.
func (f *fake) session(t *testing.T) (rotator.Session, *contract.Report) {
	t.Helper()
	var r contract.Report
	s, err := mysql.MySQL.Login(t.Context(), f.serve(t), &r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, &r
}

// serve starts it, and gives a credential for it.
func (f *fake) serve(t *testing.T) rotator.Credential {
	t.Helper()
	return impostor(t, rotator.Credential{Username: "app", Password: secret.Text("old-Password"), TLS: rotator.TLSOff}, func(conn net.Conn) {
		p := peer{conn, bufio.NewReader(conn), 0}
		p.greet(f.version, "mysql_native_password")
		p.read()
		p.ok()
		for {
			p.sequence = 0
			packet, err := p.read()
			if err != nil || len(packet) == 0 || packet[0] != 3 {
				return
			}
			f.answer(&p, string(packet[1:]))
		}
	})
}

func (f *fake) answer(p *peer, statement string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if statement == "SELECT CURRENT_USER(), VERSION()" {
		user := f.user
		if user == "" {
			user = "app@%"
		}
		p.table([]string{user, f.version})
		return
	}
	if rows, ok := f.rows[statement]; ok {
		if len(rows) > 1 {
			f.rows[statement] = rows[1:]
		}
		var table [][]string
		for _, row := range rows[0] {
			table = append(table, strings.Split(row, "\x00"))
		}
		p.table(table...)
		return
	}
	if strings.HasPrefix(statement, "SELECT ") || strings.HasPrefix(statement, "SHOW ") {
		p.fail(1105, "this fake does not know "+statement)
		return
	}
	if strings.HasPrefix(statement, "SET SESSION ") {
		p.ok()
		return
	}
	f.changes = append(f.changes, statement)
	for begin, number := range f.fails {
		if strings.HasPrefix(statement, begin) {
			delete(f.fails, begin)
			p.fail(number, "no, not "+statement)
			return
		}
	}
	p.ok()
}

// impostor listens in the place of a server, and gives the credential for it.
func impostor(t *testing.T, c rotator.Credential, serve func(net.Conn)) rotator.Credential {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	t.Cleanup(func() { l.Close(); all.Wait() })
	all.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				serve(conn)
			})
		}
	})
	c.Host, c.Port = "127.0.0.1", l.Addr().(*net.TCPAddr).Port
	return c
}

// peer is a server's end of a connection: packets of three bytes of length, one
// of sequence, and what they hold.
type peer struct {
	net.Conn
	in       *bufio.Reader
	sequence byte
}

func (p *peer) read() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(p.in, head[:]); err != nil {
		return nil, err
	}
	p.sequence = head[3] + 1
	packet := make([]byte, int(head[0])|int(head[1])<<8|int(head[2])<<16)
	_, err := io.ReadFull(p.in, packet)
	return packet, err
}

func (p *peer) send(packet ...byte) {
	n := len(packet)
	p.Write(append([]byte{byte(n), byte(n >> 8), byte(n >> 16), p.sequence}, packet...))
	p.sequence++
}

const capabilities = 1 | 8 | 0x200 | 0x2000 | 0x8000 | 0x80000 // protocol 4.1, transactions, plugins

func (p *peer) greet(version, plugin string) {
	caps := binary.LittleEndian.AppendUint32(nil, capabilities)
	p.send(slices.Concat([]byte{10}, []byte(version), []byte{0, 1, 0, 0, 0}, []byte("12345678"), []byte{0},
		caps[:2], []byte{45, 2, 0}, caps[2:], []byte{21}, make([]byte, 10), []byte("123456789012"), []byte{0}, []byte(plugin), []byte{0})...)
}

func (p *peer) ok() { p.send(0, 0, 0, 2, 0, 0, 0) }

func (p *peer) fail(number uint16, text string) {
	p.send(slices.Concat([]byte{0xff, byte(number), byte(number >> 8)}, []byte("#HY000"), []byte(text))...)
}

// table sends rows of texts.
func (p *peer) table(rows ...[]string) {
	end := []byte{0xfe, 0, 0, 2, 0}
	columns := 1
	if len(rows) > 0 {
		columns = len(rows[0])
	}
	p.send(byte(columns))
	for range columns {
		p.send(slices.Concat([]byte("\x03def\x00\x00\x00\x01c\x00\x0c\x2d\x00\xff\xff\x00\x00\xfd\x00\x00\x00\x00\x00"))...)
	}
	p.send(end...)
	for _, row := range rows {
		var packet []byte
		for _, text := range row {
			packet = append(packet, 0xfc, byte(len(text)), byte(len(text)>>8))
			packet = append(packet, text...)
		}
		p.send(packet...)
	}
	p.send(end...)
}
