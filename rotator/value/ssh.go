package value

import (
	"bytes"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/alberti-dev/alberti/rotator"
)

// sshKey makes the members privateKey (OpenSSH's form, encrypted when the value
// has a passphrase), publicKey (a line of authorized_keys) and fingerprint, of the
// kind keyType (ed25519 by default) and with the value's comment.
type sshKey struct{}

// Make implements maker.
func (sshKey) Make(o options) ([]rotator.Member, error) {
	comment := o.text("comment")
	if strings.ContainsAny(comment, "\r\n") {
		return nil, errors.New("the comment key of the secret JSON has more than one line")
	}
	key, err := newKey(o, "ed25519")
	if err != nil {
		return nil, err
	}
	var block *pem.Block
	if passphrase := o.text("passphrase"); passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, comment, []byte(passphrase))
	} else {
		block, err = ssh.MarshalPrivateKey(key, comment)
	}
	if err != nil {
		return nil, err
	}
	known, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	line := strings.TrimSuffix(string(ssh.MarshalAuthorizedKey(known)), "\n")
	return []rotator.Member{
		rotator.TextMember("privateKey", string(pem.EncodeToMemory(block))),
		rotator.TextMember("publicKey", strings.TrimSpace(line+" "+comment)),
		rotator.TextMember("fingerprint", ssh.FingerprintSHA256(known)),
	}, nil
}

// Check implements maker: it signs with the private key, and verifies with the
// public one.
func (sshKey) Check(o options) error {
	var signer ssh.Signer
	var err error
	if passphrase := o.text("passphrase"); passphrase != "" {
		signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(o.text("privateKey")), []byte(passphrase))
	} else {
		signer, err = ssh.ParsePrivateKey([]byte(o.text("privateKey")))
	}
	if err != nil {
		return errors.New("the private key cannot be read")
	}
	known, _, _, _, err := ssh.ParseAuthorizedKey([]byte(o.text("publicKey")))
	if err != nil {
		return errors.New("the public key cannot be read")
	}
	message := randomBytes(defaultBytes)
	signature, err := signer.Sign(rand.Reader, message)
	if err != nil || known.Verify(message, signature) != nil ||
		!bytes.Equal(known.Marshal(), signer.PublicKey().Marshal()) || o.text("fingerprint") != ssh.FingerprintSHA256(known) {
		return errors.New("private key, public key and fingerprint do not belong together")
	}
	return nil
}
