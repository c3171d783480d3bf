package secret

// Sealed is a value as the store keeps it: encrypted under a data key, which
// is wrapped by a KMS key. It is all that ever reaches a disk.
type Sealed struct {
	KeyID      string // the KMS key that wraps the data key
	DataKey    []byte // wrapped
	Ciphertext []byte
}
