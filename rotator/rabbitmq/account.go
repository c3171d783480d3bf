package rabbitmq

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

// account is a user of the broker. To write one is to replace all of this.
type account struct {
	Name      string
	Hash      string // of its password, with the salt; empty when it has none and cannot log in
	Algorithm string
	Tags      []string
}

// wire is an account as the API has it. Before RabbitMQ 3.9 tags are one text with
// commas, which all versions still accept.
type wire struct {
	Hash      string         `json:"password_hash"`
	Algorithm string         `json:"hashing_algorithm"`
	Tags      jsontext.Value `json:"tags"`
}

// account finds a user; nil when there is none.
func (s *session) account(ctx context.Context, name string) (*account, error) {
	var w wire
	err := s.api.get(ctx, path("users", name), &w)
	var answer *answerError
	if errors.As(err, &answer) && answer.Status == http.StatusNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, notAllowed(err)
	}
	tags, err := parseTags(w.Tags)
	return &account{name, w.Hash, w.Algorithm, tags}, err
}

func parseTags(v jsontext.Value) (tags []string, err error) {
	if json.Unmarshal(v, &tags) == nil {
		return tags, nil
	}
	var text string
	if err := json.Unmarshal(v, &text); err != nil {
		return nil, err
	}
	for _, tag := range strings.Split(text, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags, nil
}

// putAccount makes or replaces a user.
func (s *session) putAccount(ctx context.Context, a *account) error {
	tags, err := json.Marshal(strings.Join(a.Tags, ","))
	if err != nil {
		return err
	}
	return notAllowed(s.api.put(ctx, path("users", a.Name), wire{a.Hash, a.Algorithm, tags}))
}

// The algorithms that hash passwords as a server with the usual configuration
// knows them.
const (
	algorithmSHA256 = "rabbit_password_hashing_sha256"
	algorithmSHA512 = "rabbit_password_hashing_sha512"
)

const saltLength = 4 // bytes

// setPassword hashes a password as the account's was, or by SHA-256 where that was
// by MD5 or there was none.
func (a *account) setPassword(password secret.Value) {
	salt := make([]byte, saltLength)
	rand.Read(salt)
	salted := slices.Concat(salt, password.Reveal())
	switch a.Algorithm {
	case algorithmSHA512:
		sum := sha512.Sum512(salted)
		a.Hash = base64.StdEncoding.EncodeToString(append(salt, sum[:]...))
	default:
		a.Algorithm = algorithmSHA256
		sum := sha256.Sum256(salted)
		a.Hash = base64.StdEncoding.EncodeToString(append(salt, sum[:]...))
	}
}

// markBegins is the beginning of a tag that means nothing to the broker: what
// tells a user that Alberti made from a stranger of the same name.
const markBegins = "made-by-alberti-for-"

func mark(o rotator.Owner) string { return markBegins + o.SecretARN }

// rights are the tags without our mark, in order.
func (a *account) rights() []string {
	tags := slices.DeleteFunc(slices.Clone(a.Tags), func(tag string) bool { return strings.HasPrefix(tag, markBegins) })
	slices.Sort(tags)
	return tags
}

// marks are the tags that are marks.
func (a *account) marks() []string {
	return slices.DeleteFunc(slices.Clone(a.Tags), func(tag string) bool { return !strings.HasPrefix(tag, markBegins) })
}

func (a *account) bears(o rotator.Owner) bool { return slices.Contains(a.Tags, mark(o)) }
