package identity

import (
	"errors"
	"net/url"
	"strings"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/policy"
)

// Lengths of documents, in characters that are not white space (iam-kms.md, 1.1).
const (
	maxTrust   = 2048
	maxInline  = 10240 // of all inline policies of a role together
	maxManaged = 6144
)

// readDocument reads a policy that is to be kept, or says in AWS's words what is
// wrong with it.
func readDocument(text string, kind policy.Kind) (*policy.Document, error) {
	d, err := policy.Parse(text, kind)
	if err != nil {
		return nil, malformed(err)
	}
	return d, nil
}

func malformed(err error) error {
	var wrong *policy.Error
	if errors.As(err, &wrong) {
		return fault.Wrap(fault.MalformedPolicy, err, "%s", wrong.Text)
	}
	return err
}

// readTrust reads a policy that says who may assume a role.
func readTrust(text string) error {
	if sizeOf(text) > maxTrust {
		return fault.New(fault.LimitExceeded, "Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	_, err := readDocument(text, policy.Trust)
	return err
}

// readManaged reads the text of a managed policy, which must have today's version.
func readManaged(text string) error {
	if sizeOf(text) > maxManaged {
		return fault.New(fault.LimitExceeded, "Cannot exceed quota for PolicySize: %d", maxManaged)
	}
	d, err := readDocument(text, policy.Identity)
	if err == nil && !d.Modern() {
		return fault.New(fault.MalformedPolicy, "Policy document must be version 2012-10-17 or greater.")
	}
	return err
}

// sizeOf counts what quotas count: all but white space.
func sizeOf(text string) (n int) {
	for _, r := range text {
		if !strings.ContainsRune(" \t\r\n", r) {
			n++
		}
	}
	return n
}

// escaped is how answers carry a document: percent-encoded, spaces too
// (iam-kms.md, 3.1).
func escaped(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
