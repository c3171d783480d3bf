package tdstest

import (
	"encoding/binary"
	"math"
	"strings"
)

const (
	executeSQL = 10   // the number of sp_executesql
	nvarchar   = 0xe7 // the one type of parameters
)

// parseRPC reads a call of sp_executesql: the statement, the declarations of its
// parameters, and the parameters, which are texts.
func parseRPC(message []byte) (text string, params map[string]string, ok bool) {
	message, ok = afterHeaders(message)
	in := &reader{message, ok}
	if in.uint16() != math.MaxUint16 || in.uint16() != executeSQL {
		return "", nil, false
	}
	in.uint16() // flags
	text = in.param()
	in.param()
	params = map[string]string{}
	for in.ok && len(in.rest) > 0 {
		name := fromUCS2(in.peekName())
		params[strings.TrimPrefix(name, "@")] = in.param()
	}
	return text, params, in.ok
}

// reader takes a message apart; what comes after a mistake is empty.
type reader struct {
	rest []byte
	ok   bool
}

func (r *reader) bytes(n int) []byte {
	if !r.ok || n < 0 || n > len(r.rest) {
		r.ok = false
		return make([]byte, max(0, min(n, 8)))
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) byte() byte     { return r.bytes(1)[0] }
func (r *reader) uint16() uint16 { return binary.LittleEndian.Uint16(r.bytes(2)) }
func (r *reader) uint32() uint32 { return binary.LittleEndian.Uint32(r.bytes(4)) }

func (r *reader) peekName() []byte {
	if len(r.rest) == 0 || len(r.rest) < 1+2*int(r.rest[0]) {
		return nil
	}
	return r.rest[1 : 1+2*int(r.rest[0])]
}

// param reads a parameter: name, status, type with size and collation, value.
func (r *reader) param() string {
	r.bytes(2 * int(r.byte()))
	r.byte()
	if r.byte() != nvarchar {
		r.ok = false
		return ""
	}
	long := r.uint16() == math.MaxUint16
	r.bytes(5)
	if long {
		return r.long()
	}
	n := r.uint16()
	if n == math.MaxUint16 { // NULL
		return ""
	}
	return fromUCS2(r.bytes(int(n)))
}

// long reads the value of an nvarchar(max), which comes in pieces.
func (r *reader) long() string {
	r.bytes(8) // the size of all
	var out []byte
	for r.ok {
		n := r.uint32()
		if n == 0 {
			break
		}
		out = append(out, r.bytes(int(n))...)
	}
	return fromUCS2(out)
}
