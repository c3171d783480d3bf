package secret_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/secret"
)

// birth is when the secrets of these tests are created: a Saturday.
var birth = time.Date(2026, 11, 21, 9, 30, 15, 123e6, time.UTC)

var someARN = secret.ARN{Region: "eu-west-1", Account: "123456789012", Name: "prod/app/db", Suffix: "a1B2c3"}

func newSecret() *secret.Secret { return secret.New(someARN, birth) }

// labels writes the versions in order with the labels of each:
// "v1[AWSPREVIOUS] v2[AWSCURRENT AWSPENDING]".
func labels(s *secret.Secret) string {
	var out []string
	for _, v := range s.Versions {
		out = append(out, fmt.Sprintf("%s%v", v.ID, v.Labels))
	}
	return strings.Join(out, " ")
}

// put writes a version an hour after the one before.
func put(t *testing.T, s *secret.Secret, id string, stages ...string) {
	t.Helper()
	if _, err := s.Put(id, stages, "", birth.Add(time.Duration(len(s.Versions))*time.Hour)); err != nil {
		t.Fatalf("put %s %v: %v", id, stages, err)
	}
}

// wantFault holds an error against a kind and the exact text for the client.
func wantFault(t *testing.T, err error, kind fault.Kind, text string) {
	t.Helper()
	if err == nil || fault.KindOf(err) != kind || fault.Message(err) != text {
		t.Errorf("got kind %d, %q (%v)\nwant kind %d, %q", fault.KindOf(err), fault.Message(err), err, kind, text)
	}
}

func at(text string) time.Time {
	out, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return out
}
