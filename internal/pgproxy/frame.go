package pgproxy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// Frame is one message of PostgreSQL's protocol.
type Frame struct {
	FromServer bool
	Kind       byte // 0 for the message that opens a connection
	Raw        []byte
}

// Kinds of messages.
const (
	Opening         byte = 0
	Query           byte = 'Q'
	Parse           byte = 'P'
	Sync            byte = 'S'
	Terminate       byte = 'X'
	Authentication  byte = 'R'
	CommandComplete byte = 'C'
	ReadyForQuery   byte = 'Z'
)

// Says tells whether a message is a statement with all these words, sent in the
// simple or the extended protocol.
func (f Frame) Says(words ...string) bool {
	if f.FromServer || f.Kind != Query && f.Kind != Parse {
		return false
	}
	for _, word := range words {
		if !bytes.Contains(f.Raw, []byte(word)) {
			return false
		}
	}
	return true
}

const maxFrame = 1 << 20

// readFrame reads a message; the one that opens a connection has no kind.
func readFrame(r io.Reader, kind bool) (Frame, error) {
	head := make([]byte, 4, 5)
	if kind {
		head = head[:5]
	}
	if _, err := io.ReadFull(r, head); err != nil {
		return Frame{}, err
	}
	size := int(binary.BigEndian.Uint32(head[len(head)-4:])) - 4
	if size < 0 || size > maxFrame {
		return Frame{}, errors.New("no message of PostgreSQL")
	}
	raw := append(head, make([]byte, size)...)
	if _, err := io.ReadFull(r, raw[len(head):]); err != nil {
		return Frame{}, err
	}
	f := Frame{Raw: raw}
	if kind {
		f.Kind = head[0]
	}
	return f, nil
}
