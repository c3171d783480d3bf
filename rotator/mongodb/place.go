package mongodb

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
)

// place is where a secret says that its server and its account are.
type place struct {
	own        string   // the database that the account of this login is in
	users      []string // databases that other accounts may be in, without repetition
	replicaSet string   // to find the primary of; "" for the one server that is named
	srv        bool     // the host is a name that DNS has the servers of
	mechanism  string   // "" for the best that the server has for the account
}

// mechanisms are those that prove a password and do not tell it.
var mechanisms = []string{"", "SCRAM-SHA-1", "SCRAM-SHA-256"}

// placeOf reads the keys of a value that are MongoDB's own: authSource,
// replicaSet, authMechanism and scheme, which may be mongodb+srv.
//
// The value's dbname is the database of the account, as in AWS's template, where
// authSource does not name another. An administrator logs in where its own secret
// says; Credential.Database is then that of the secret that it was called for.
func placeOf(c rotator.Credential) (place, error) {
	p := place{
		own:        cmp.Or(c.Text("authSource"), c.Text("dbname"), traits.Database),
		replicaSet: c.Text("replicaSet"), srv: c.Text("scheme") == "mongodb+srv", mechanism: c.Text("authMechanism"),
	}
	p.users = slices.Compact([]string{cmp.Or(c.Database, traits.Database), traits.Database})
	if !slices.Contains(mechanisms, p.mechanism) {
		return place{}, errors.New("the authMechanism key of the secret JSON is not SCRAM-SHA-1 or SCRAM-SHA-256")
	}
	if scheme := c.Text("scheme"); !slices.Contains([]string{"", "mongodb", "mongodb+srv"}, scheme) {
		return place{}, errors.New("the scheme key of the secret JSON is not mongodb or mongodb+srv")
	}
	if p.srv && strings.ContainsAny(c.Host, "/?@:#%,") {
		return place{}, errors.New("the host key of the secret JSON is not the name that mongodb+srv wants")
	}
	return p, nil
}
