package secret

import (
	"crypto/rand"
	"regexp"
	"strings"

	"github.com/alberti-dev/alberti/fault"
)

// ARN names a secret in the whole world:
// arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX.
type ARN struct {
	Region, Account, Name string
	Suffix                string // six letters or digits
}

// String writes the ARN with the name as it is, slashes kept.
func (a ARN) String() string {
	return "arn:aws:secretsmanager:" + a.Region + ":" + a.Account + ":secret:" + a.Name + "-" + a.Suffix
}

const suffixAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// NewSuffix draws the six random characters that end a new secret's ARN.
func NewSuffix() string {
	var out [6]byte
	for i := 0; i < len(out); {
		var b [1]byte
		rand.Read(b[:])
		// 248 is the largest multiple of 62 in a byte: what lies above would
		// make the first letters likelier.
		if b[0] < 248 {
			out[i] = suffixAlphabet[b[0]%62]
			i++
		}
	}
	return string(out[:])
}

// ID is what a SecretId names: a secret by name, and by suffix too when the
// caller gave a complete ARN.
type ID struct {
	Region, Account, Name string
	Suffix                string // "" when only the name was given
}

// Matches tells whether the secret found under the name is the one meant.
func (id ID) Matches(a ARN) bool { return id.Suffix == "" || id.Suffix == a.Suffix }

// ARN is how policies see the secret before it is looked up; an unknown suffix
// is six question marks, as AWS's own policies write it.
func (id ID) ARN() string {
	a := ARN(id)
	if a.Suffix == "" {
		a.Suffix = "??????"
	}
	return a.String()
}

var suffixedARN = regexp.MustCompile(`^(.+)-([A-Za-z0-9]{6})$`)

// isNameForm tells whether a text is one or more of the characters of names.
// Every call asks that of what it names, so it is not a regular expression.
func isNameForm(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case strings.IndexByte("/_+=.@!-", c) >= 0:
		default:
			return false
		}
	}
	return s != ""
}

// ErrNotFound is the answer for every secret that is not there.
var ErrNotFound = fault.New(fault.NotFound, "Secrets Manager can't find the specified secret.")

// CheckName refuses characters that AWS refuses (secrets-manager.md, 2.0).
func CheckName(name string) error {
	if isNameForm(name) {
		return nil
	}
	return fault.New(fault.Validation,
		"Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
}

// CheckID refuses a SecretId that can be neither an ARN nor a name.
func CheckID(id string) error {
	if strings.HasPrefix(id, "arn:") {
		return nil
	}
	return CheckName(id)
}

// ParseID reads a SecretId as seen from an account and region: a name, a
// complete ARN, or an ARN without its suffix. An ARN whose name itself ends in
// a hyphen and six characters is taken for a complete one, as AWS does
// (secrets-manager.md, 2.0, SecretId resolution).
func ParseID(id, account, region string) (ID, error) {
	if err := CheckID(id); err != nil {
		return ID{}, err
	}
	if !strings.HasPrefix(id, "arn:") {
		return ID{Region: region, Account: account, Name: id}, nil
	}
	part := strings.SplitN(id, ":", 7)
	if len(part) != 7 || part[2] != "secretsmanager" || part[5] != "secret" || part[6] == "" || part[3] != region {
		return ID{}, ErrNotFound
	}
	out := ID{Region: part[3], Account: part[4], Name: part[6]}
	if m := suffixedARN.FindStringSubmatch(part[6]); m != nil {
		out.Name, out.Suffix = m[1], m[2]
	}
	return out, nil
}
