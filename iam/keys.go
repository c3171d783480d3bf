package iam

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
)

// What access key ids begin with.
const (
	LongTerm  = "AKIA"
	Temporary = "ASIA"
)

// NewAccessKey draws an access key in AWS's form: 16 characters after the prefix,
// and a secret of 40.
func NewAccessKey(prefix string) (id, secret string) {
	var b [40]byte
	rand.Read(b[:])
	return prefix + base32.StdEncoding.EncodeToString(b[:10]), base64.StdEncoding.EncodeToString(b[10:])
}

// What unique ids begin with.
const (
	RoleID   = "AROA"
	PolicyID = "ANPA"
)

// NewID draws a unique id in AWS's form: 17 characters after the prefix.
func NewID(prefix string) string {
	var b [11]byte
	rand.Read(b[:])
	return prefix + base32.StdEncoding.EncodeToString(b[:])[:17]
}
