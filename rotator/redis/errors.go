package redis

import (
	"errors"
	"io"
	"strings"
	"syscall"

	"github.com/gomodule/redigo/redis"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/internal/network"
)

const noPermission = "NOPERM"

// reasons are the codes, an error's first word, with which a server turns a login
// down. WRONGPASS is also what a user hears that is off.
var reasons = map[string]rotator.Reason{
	"WRONGPASS":   rotator.Refused,
	"LOADING":     rotator.NotReady,
	"MASTERDOWN":  rotator.NotReady,
	"CLUSTERDOWN": rotator.NotReady,
	"BUSY":        rotator.NotReady,
	"READONLY":    rotator.ReadOnly,
	"DENIED":      rotator.Broken, // protected mode
	noPermission:  rotator.Broken,
}

// texts begin errors that have no code but ERR.
var texts = map[string]rotator.Reason{
	"ERR max number of clients":                                rotator.LimitHit,
	"ERR AUTH <password> called without any password":          rotator.NoProof,
	"ERR Client sent AUTH, but no password is set":             rotator.NoProof, // before Redis 6
	"ERR AUTH called without any password configured for user": rotator.NoProof,
}

// classify says why a login failed.
func classify(c rotator.Credential, err error) error { return failed(c, reasonFor(err), err) }

func failed(c rotator.Credential, reason rotator.Reason, err error) error {
	return &rotator.LoginError{Reason: reason, Host: c.Address(), User: c.Username, Err: err}
}

func reasonFor(err error) rotator.Reason {
	var answer redis.Error
	if !errors.As(err, &answer) {
		if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
			return rotator.Broken // it was there, and hung up
		}
		return network.Reason(err)
	}
	for text, reason := range texts {
		if strings.HasPrefix(string(answer), text) {
			return reason
		}
	}
	if reason, ok := reasons[code(err)]; ok {
		return reason
	}
	return rotator.Broken
}

// code is the first word of a server's error; empty for any other error.
func code(err error) string {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return ""
	}
	word, _, _ := strings.Cut(string(answer), " ")
	return word
}
