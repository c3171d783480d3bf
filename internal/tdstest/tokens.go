package tdstest

import "encoding/binary"

// The tokens of an answer.
const (
	columnsToken = 0x81
	errorToken   = 0xaa
	ackToken     = 0xad
	rowToken     = 0xd1
	changeToken  = 0xe3
	doneToken    = 0xfd

	doneFinal     = 0
	doneError     = 2
	doneCount     = 0x10
	doneAttention = 0x20
)

// text writes a text with its length in characters, in one byte or two.
func text1(s string) []byte { b := ucs2(s); return append([]byte{byte(len(b) / 2)}, b...) }
func text2(s string) []byte {
	b := ucs2(s)
	return append(binary.LittleEndian.AppendUint16(nil, uint16(len(b)/2)), b...)
}

// sized is a token with its length.
func sized(token byte, body []byte) []byte {
	return append(binary.LittleEndian.AppendUint16([]byte{token}, uint16(len(body))), body...)
}

func done(status uint16) []byte {
	out := binary.LittleEndian.AppendUint16([]byte{doneToken}, status)
	return append(out, make([]byte, 2+8)...)
}

func loginAck(database string) []byte {
	out := sized(changeToken, append(append([]byte{1}, text1(database)...), text1("master")...))
	body := append([]byte{1, 0x74, 0, 0, 4}, text1("Microsoft SQL Server")...)
	out = append(out, sized(ackToken, append(body, 16, 0, 0x10, 0))...)
	return append(out, done(doneFinal)...)
}

func failure(errs []Error) (out []byte) {
	for _, e := range errs {
		body := binary.LittleEndian.AppendUint32(nil, uint32(e.Number))
		body = append(body, 1, 14) // state and severity
		body = append(body, text2(e.Message)...)
		body = append(body, text1("fake")...)
		body = append(body, text1("")...)
		body = append(body, 1, 0, 0, 0) // line
		out = append(out, sized(errorToken, body)...)
	}
	return append(out, done(doneError)...)
}

// tokens is a result on the wire.
func (r Result) tokens() []byte {
	if len(r.Errors) > 0 {
		return failure(r.Errors)
	}
	if len(r.Columns) == 0 {
		return done(doneFinal)
	}
	out := binary.LittleEndian.AppendUint16([]byte{columnsToken}, uint16(len(r.Columns)))
	for i, name := range r.Columns {
		out = append(out, 0, 0, 0, 0, 1, 0) // user type, and that it may be NULL
		var of any = ""
		if len(r.Rows) > 0 {
			of = r.Rows[0][i]
		}
		out = append(append(out, columnType(of)...), text1(name)...)
	}
	for _, row := range r.Rows {
		out = append(out, rowToken)
		for _, v := range row {
			out = append(out, cell(v)...)
		}
	}
	return append(out, done(doneCount)...)
}

var collation = []byte{9, 4, 0xd0, 0, 0x34}

func columnType(v any) []byte {
	switch v.(type) {
	case bool:
		return []byte{0x68, 1}
	case int64:
		return []byte{0x26, 8}
	case []byte:
		return []byte{0xa5, 0x40, 0x1f}
	}
	return append([]byte{nvarchar, 0x40, 0x1f}, collation...)
}

func cell(v any) []byte {
	switch v := v.(type) {
	case bool:
		if v {
			return []byte{1, 1}
		}
		return []byte{1, 0}
	case int64:
		return binary.LittleEndian.AppendUint64([]byte{8}, uint64(v))
	case []byte:
		return append(binary.LittleEndian.AppendUint16(nil, uint16(len(v))), v...)
	case string:
		b := ucs2(v)
		return append(binary.LittleEndian.AppendUint16(nil, uint16(len(b))), b...)
	}
	return []byte{0xff, 0xff} // NULL of a text
}
