package mysql

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/go-json-experiment/json"

	"github.com/alberti-dev/alberti/rotator"
)

// A user that Alberti made for a secret bears a mark, which tells it from a
// stranger of the same name. MySQL 8.0.21 and later keep attributes of users;
// elsewhere it is a privilege that allows nothing: on a database that there is
// not. The account takes it along when it is dropped.
const (
	markKey    = "alberti"
	markPrefix = "made-by-alberti-"
)

// attribute is the mark as MySQL keeps it, beside other keys that there may be.
func attribute(o rotator.Owner) string {
	text, err := json.Marshal(map[string]string{markKey: o.SecretARN})
	if err != nil {
		panic(err) // a text can always be written, save one that is no UTF-8
	}
	return string(text)
}

// markName is the name of a database, which an ARN would be too long for.
func markName(o rotator.Owner) string {
	sum := sha256.Sum256([]byte(o.SecretARN))
	return markPrefix + hex.EncodeToString(sum[:16])
}

// markStatement is how an account is marked, by us or by a person.
func (s *session) markStatement(a account, o rotator.Owner) string {
	if s.server.keepsAttributes() {
		return "ALTER USER " + a.String() + " ATTRIBUTE " + literal(attribute(o))
	}
	return "GRANT SHOW VIEW ON " + name(markName(o)) + ".* TO " + a.String()
}

func (s *session) marked(ctx context.Context, a account, o rotator.Owner) (bool, error) {
	if s.server.keepsAttributes() {
		found, err := s.texts(ctx, "SELECT JSON_UNQUOTE(JSON_EXTRACT(ATTRIBUTE, '$."+markKey+"')) FROM information_schema.USER_ATTRIBUTES "+
			"WHERE USER = "+literal(a.user)+" AND HOST = "+literal(a.host))
		return err == nil && len(found) == 1 && found[0] == o.SecretARN, err
	}
	g, err := s.grants(ctx, a)
	return err == nil && g.marks[markName(o)], err
}
