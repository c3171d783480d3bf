package mongodb_test

import (
	"errors"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator/mongodb"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// odd are texts that break what is put together from texts.
var odd = map[string]string{
	"quotes":    `o'clock "now"`,
	"space":     " a  b ",
	"backslash": `a\b\'c\`,
	"unicode":   "Ünï-名前",
	"combining": "u\u0308ber",
	"operator":  `{"$ne": 1}`,
	"dots":      "a.b.$c",
	"SCRAM":     "a,b=c,r=d=2C",
	"printable": `!"#$%&'()*+,-./:;<=>?@[\]^_{|}~` + "`",
}

// noCommas spares FerretDB, which does not undo SCRAM's own quoting of names.
var noCommas = strings.NewReplacer(",", "", "=", "")

// TestOddNames rotates users of odd names and passwords, alone and in turns.
func TestOddNames(t *testing.T) {
	t.Parallel()
	for kind, text := range odd {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			user, password := "odd "+noCommas.Replace(text), "p"+text
			newUser(t, user, password)
			accepts(t, user, password)
			s := single(t, value(user, password))
			s.Begin()
			s.Fill(value(user, "new"+text))
			s.Run(secret.SetSecret, secret.TestSecret, secret.FinishSecret)
			accepts(t, user, "new"+text)
			pair := alternating(t, value(user, "new"+text))
			pair.Rotate()
			user, password = pair.Login(secret.Current)
			accepts(t, user, password)
		})
	}
}

// TestProhibited sets a password that SASLprep forbids: the server says so, and
// it is to be replaced.
func TestProhibited(t *testing.T) {
	t.Parallel()
	p, err := server.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.Answer(func(command bson.D) bson.D { // FerretDB checks this for createUser only
		if command[0].Key != "updateUser" {
			return nil
		}
		return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(50692)},
			{Key: "errmsg", Value: "Error preflighting normalization: U_STRINGPREP_PROHIBITED_ERROR"}}
	})
	newUser(t, "prohibited", "right")
	s := single(t, with(value("prohibited", "right"), "port", p.Port))
	if err := set(s); !errors.Is(err, contract.ErrUnacceptable) {
		t.Errorf("%v", err)
	}
	accepts(t, "prohibited", "right")
}

// TestNotPrimary changes a password at a server that has stopped being primary.
func TestNotPrimary(t *testing.T) {
	t.Parallel()
	p, err := server.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.Answer(func(command bson.D) bson.D {
		if command[0].Key != "updateUser" {
			return nil
		}
		pwd := ""
		for _, e := range command {
			if e.Key == "pwd" {
				pwd = e.Value.(string)
			}
		}
		return bson.D{{Key: "ok", Value: 0.0}, {Key: "code", Value: int32(10107)}, {Key: "codeName", Value: "NotWritablePrimary"},
			{Key: "errmsg", Value: "not primary, cannot set " + pwd}} // the suite looks for it in the error
	})
	newUser(t, "secondary", "right")
	s := single(t, with(value("secondary", "right"), "port", p.Port))
	if err := set(s); err == nil || !strings.Contains(err.Error(), "not primary") {
		t.Errorf("%v", err)
	}
	accepts(t, "secondary", "right")
	p.Answer(nil)
	s.Run(rotatortest.Steps...)
}

// TestStatement runs what the secret's owner wants to see succeed.
func TestStatement(t *testing.T) {
	t.Parallel()
	newUser(t, "statement", "right")
	session, err := mongodb.Engine{}.Login(t.Context(), credential("statement", "right"), &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for statement, says := range map[string]string{
		"":            "",
		`{"ping": 1}`: "",
		`{"find": "orders", "limit": 1, "$db": "shop"}`: "",
		`{"noSuchCommand": 1}`:                          "noSuchCommand",
		`{"$db": "shop"}`:                               "names no command",
		`{}`:                                            "not a command document",
		`db.orders.find()`:                              "not a command document",
	} {
		err := session.Test(t.Context(), statement)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", statement, err, says)
		}
	}
	for _, c := range proxy.Seen("find") {
		if text := c.String(); !strings.Contains(text, `"$db":"shop"`) {
			t.Errorf("the command ran elsewhere: %s", text)
		}
	}
}

// TestServerLog looks for passwords in the server's log.
func TestServerLog(t *testing.T) {
	t.Parallel()
	newUser(t, "logged", "log-First-1")
	newUser(t, "logged_pair", "log-First-2")
	for _, s := range []*rotatortest.Subject{single(t, value("logged", "log-First-1")), alternating(t, value("logged_pair", "log-First-2"))} {
		s.Rotate()
		s.Rotate()
		log := server.Log()
		if !strings.Contains(log, "Starting FerretDB") {
			t.Fatal("this is not the log")
		}
		for _, label := range []string{secret.Previous, secret.Current} {
			_, password := s.Login(label)
			if strings.Contains(log, password) || strings.Contains(log, "log-First-") {
				t.Error("the server's log holds a password")
			}
		}
	}
}
