package tdstest

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"net"
)

// What is said of encryption before a login.
const (
	encryptOff  = 0 // the login alone
	encryptOn   = 1
	encryptNone = 2
)

func (s *Server) serve(session *Session) {
	secured, loginOnly, ok := s.prelogin(session.conn)
	if !ok {
		return
	}
	kind, message, err := readMessage(secured)
	if err != nil || kind != loginPacket {
		return
	}
	conn := secured
	if loginOnly {
		conn = session.conn
	}
	user, password, database, ok := parseLogin(message)
	if !ok {
		return
	}
	if errs := s.handler.Login(user, password, database); len(errs) > 0 {
		writeMessage(conn, responsePacket, failure(errs))
		return
	}
	s.name(session, user, database)
	if writeMessage(conn, responsePacket, loginAck(database)) != nil {
		return
	}
	s.answer(session, conn)
}

// name says whose a session is, which Drop asks at any time.
func (s *Server) name(session *Session, user, database string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	session.User, session.Database = user, database
}

func (s *Server) answer(session *Session, conn net.Conn) {
	for {
		kind, message, err := readMessage(conn)
		if err != nil {
			return
		}
		var text string
		var params map[string]string
		ok := true
		switch kind {
		case batchPacket:
			text, ok = parseBatch(message)
		case rpcPacket:
			text, params, ok = parseRPC(message)
		case attention:
			if writeMessage(conn, responsePacket, done(doneAttention)) != nil {
				return
			}
			continue
		default:
			ok = false
		}
		if !ok {
			writeMessage(conn, responsePacket, failure([]Error{{4002, "The incoming tabular data stream (TDS) protocol stream is incorrect."}}))
			return
		}
		r := s.handler.Query(session, text, params)
		if r.Hangup || writeMessage(conn, responsePacket, r.tokens()) != nil {
			return
		}
	}
}

// prelogin agrees on encryption.
func (s *Server) prelogin(conn net.Conn) (secured net.Conn, loginOnly, ok bool) {
	kind, message, err := readMessage(conn)
	if err != nil || kind != preloginPacket {
		return nil, false, false
	}
	asked, ok := preloginEncryption(message)
	if !ok {
		return nil, false, false
	}
	said := byte(encryptOn)
	switch {
	case s.tls == nil || asked == encryptNone:
		said = encryptNone
	case asked == encryptOff:
		said = encryptOff
	}
	// Three options: the version, the encryption, and no MARS. Offset and size of
	// each, then their values.
	answer := []byte{0, 0, 16, 0, 6, 1, 0, 22, 0, 1, 4, 0, 23, 0, 1, 0xff, 16, 0, 0x10, 0, 0, 0, said, 0}
	if writeMessage(conn, responsePacket, answer) != nil {
		return nil, false, false
	}
	if said == encryptNone {
		return conn, false, true
	}
	shake := &handshake{Conn: conn}
	server := tls.Server(shake, s.tls)
	if server.Handshake() != nil {
		return nil, false, false
	}
	shake.over = true
	return server, said == encryptOff, true
}

func preloginEncryption(message []byte) (asked byte, ok bool) {
	for at := 0; at+5 <= len(message) && message[at] != 0xff; at += 5 {
		offset := int(binary.BigEndian.Uint16(message[at+1:]))
		if message[at] == 1 && offset < len(message) {
			return message[offset], true
		}
	}
	return 0, false
}

// parseLogin reads user, password and database out of a LOGIN7 message.
func parseLogin(message []byte) (user, password, database string, ok bool) {
	field := func(at int) []byte {
		if len(message) < at+4 {
			ok = false
			return nil
		}
		offset, size := int(binary.LittleEndian.Uint16(message[at:])), 2*int(binary.LittleEndian.Uint16(message[at+2:]))
		if offset+size > len(message) {
			ok = false
			return nil
		}
		return message[offset : offset+size]
	}
	ok = true
	secret := bytes.Clone(field(44))
	for i, b := range secret {
		b ^= 0xa5
		secret[i] = b<<4 | b>>4
	}
	return fromUCS2(field(40)), fromUCS2(secret), fromUCS2(field(68)), ok
}

// afterHeaders cuts ALL_HEADERS off a message.
func afterHeaders(message []byte) ([]byte, bool) {
	if len(message) < 4 {
		return nil, false
	}
	size := binary.LittleEndian.Uint32(message)
	if size > uint32(len(message)) {
		return nil, false
	}
	return message[size:], true
}

func parseBatch(message []byte) (string, bool) {
	message, ok := afterHeaders(message)
	return fromUCS2(message), ok
}
