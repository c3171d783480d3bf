package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/app"
)

const (
	stampFormat   = "20060102T150405Z"
	dayLength     = len("20060102")
	contentType   = "application/x-amz-json-1.1"
	attempt       = "attempt=1; max=3"
	signedHeaders = "amz-sdk-invocation-id;amz-sdk-request;content-length;content-type;host;x-amz-date;x-amz-target"
)

// signer writes requests as the AWS SDK for Go sends them, with the same headers,
// and signs each with its own body and date. It does what sigv4.Signer does,
// without net/http's request in between: the client shares the machine with the
// server, and should be felt as little as possible. It is for one goroutine.
type signer struct {
	endpoint   app.Endpoint
	host       string
	invocation string

	second int64
	stamp  string // X-Amz-Date
	scope  string
	mac    hash.Hash // keyed for the day
	text   []byte
	sum    [sha256.Size]byte
	hex    [2 * sha256.Size]byte
}

func newSigner(e app.Endpoint, host, invocation string) *signer {
	return &signer{endpoint: e, host: host, invocation: invocation}
}

// date sets the date of the requests that follow, and the key of the day.
func (s *signer) date(now time.Time) {
	if now.Unix() == s.second {
		return
	}
	before := s.stamp
	s.second, s.stamp = now.Unix(), now.UTC().Format(stampFormat)
	day := s.stamp[:dayLength]
	if strings.HasPrefix(before, day) {
		return
	}
	s.scope = day + "/" + s.endpoint.Region + "/secretsmanager/aws4_request"
	key := []byte("AWS4" + string(s.endpoint.SecretAccessKey))
	for part := range strings.SplitSeq(s.scope, "/") {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(part))
		key = h.Sum(nil)
	}
	s.mac = hmac.New(sha256.New, key)
}

// append writes a whole request for an operation.
func (s *signer) append(b []byte, target string, body []byte, now time.Time) []byte {
	s.date(now)
	b = append(b, "POST / HTTP/1.1\r\nHost: "...)
	b = append(b, s.host...)
	b = append(b, "\r\nUser-Agent: aws-sdk-go-v2/1.47.6 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/secretsmanager#1.50.9 m/E,e\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\nAccept-Encoding: gzip\r\nAmz-Sdk-Invocation-Id: "...)
	b = append(b, s.invocation...)
	b = append(b, "\r\nAmz-Sdk-Request: "+attempt+"\r\nAuthorization: AWS4-HMAC-SHA256 Credential="...)
	b = append(b, s.endpoint.AccessKeyID...)
	b = append(b, '/')
	b = append(b, s.scope...)
	b = append(b, ", SignedHeaders="+signedHeaders+", Signature="...)
	b = append(b, s.signature(target, body)...)
	b = append(b, "\r\nContent-Type: "+contentType+"\r\nX-Amz-Date: "...)
	b = append(b, s.stamp...)
	b = append(b, "\r\nX-Amz-Target: "...)
	b = append(b, target...)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}

func (s *signer) signature(target string, body []byte) []byte {
	t := append(s.text[:0], "POST\n/\n\namz-sdk-invocation-id:"...)
	t = append(t, s.invocation...)
	t = append(t, "\namz-sdk-request:"+attempt+"\ncontent-length:"...)
	t = strconv.AppendInt(t, int64(len(body)), 10)
	t = append(t, "\ncontent-type:"+contentType+"\nhost:"...)
	t = append(t, s.host...)
	t = append(t, "\nx-amz-date:"...)
	t = append(t, s.stamp...)
	t = append(t, "\nx-amz-target:"...)
	t = append(t, target...)
	t = append(t, "\n\n"+signedHeaders+"\n"...)
	s.sum = sha256.Sum256(body)
	t = hex.AppendEncode(t, s.sum[:])
	s.sum = sha256.Sum256(t)

	t = append(t[:0], "AWS4-HMAC-SHA256\n"...)
	t = append(t, s.stamp...)
	t = append(t, '\n')
	t = append(t, s.scope...)
	t = append(t, '\n')
	s.text = hex.AppendEncode(t, s.sum[:])
	s.mac.Reset()
	s.mac.Write(s.text)
	hex.Encode(s.hex[:], s.mac.Sum(s.sum[:0]))
	return s.hex[:]
}
