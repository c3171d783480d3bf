package tdstest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"unicode/utf16"
)

// The kinds of packets.
const (
	batchPacket    = 0x01
	rpcPacket      = 0x03
	responsePacket = 0x04
	attention      = 0x06
	loginPacket    = 0x10
	preloginPacket = 0x12

	lastPacket = 0x01 // in the status: the message ends with it
	headerSize = 8
	maxMessage = 1 << 20
	packetSize = 4096 // what clients expect when nothing was agreed on
)

var errMessage = errors.New("not a TDS message")

// readPacket reads one packet.
func readPacket(r io.Reader) (kind byte, last bool, body []byte, err error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(r, header); err != nil {
		return 0, false, nil, err
	}
	size := int(binary.BigEndian.Uint16(header[2:]))
	if size < headerSize {
		return 0, false, nil, errMessage
	}
	body = make([]byte, size-headerSize)
	_, err = io.ReadFull(r, body)
	return header[0], header[1]&lastPacket != 0, body, err
}

// readMessage reads all packets of a message.
func readMessage(r io.Reader) (kind byte, message []byte, err error) {
	for {
		k, last, body, err := readPacket(r)
		if err != nil {
			return 0, nil, err
		}
		if message = append(message, body...); len(message) > maxMessage {
			return 0, nil, errMessage
		}
		if last {
			return k, message, nil
		}
	}
}

// writeMessage writes a message in as many packets as it takes.
func writeMessage(w io.Writer, kind byte, message []byte) error {
	for number := byte(1); ; number++ {
		body := message[:min(len(message), packetSize-headerSize)]
		message = message[len(body):]
		header := []byte{kind, 0, 0, 0, 0, 0, number, 0}
		if len(message) == 0 {
			header[1] = lastPacket
		}
		binary.BigEndian.PutUint16(header[2:], uint16(headerSize+len(body)))
		if _, err := w.Write(append(header, body...)); err != nil || len(message) == 0 {
			return err
		}
	}
}

// handshake carries the messages of a TLS handshake in packets, as TDS 7 has it.
// When it is over, TLS carries the packets.
type handshake struct {
	net.Conn
	in   bytes.Buffer
	over bool
}

func (h *handshake) Read(p []byte) (int, error) {
	if h.over {
		return h.Conn.Read(p)
	}
	if h.in.Len() == 0 {
		_, _, body, err := readPacket(h.Conn)
		if err != nil {
			return 0, err
		}
		h.in.Write(body)
	}
	return h.in.Read(p)
}

func (h *handshake) Write(p []byte) (int, error) {
	if h.over {
		return h.Conn.Write(p)
	}
	return len(p), writeMessage(h.Conn, preloginPacket, p)
}

func ucs2(text string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

func fromUCS2(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}
