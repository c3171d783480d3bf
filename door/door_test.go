package door_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/audit"
	"github.com/alberti-dev/alberti/awsjson"
	"github.com/alberti-dev/alberti/door"
	"github.com/alberti-dev/alberti/fault"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/internal/doortest"
	"github.com/alberti-dev/alberti/secret"
	"github.com/alberti-dev/alberti/store"
)

const model = `{"operations":{
	"Look":{"input":{"shape":"In"},"output":{"shape":"Out"}},"Tell":{"input":{"shape":"In"},"output":{"shape":"Out"}},
	"Change":{"input":{"shape":"In"},"output":{"shape":"Out"}},"Clear":{"input":{"shape":"In"}}},
	"shapes":{"In":{"type":"structure","required":["Name"],"members":{"Name":{"shape":"Text"},"Secret":{"shape":"Hidden"}}},
	"Out":{"type":"structure","members":{"Name":{"shape":"Text"},"Secret":{"shape":"Hidden"}}},
	"Text":{"type":"string"},"Hidden":{"type":"string","sensitive":true}}}`

type message struct {
	Name   *string           `json:"Name,omitzero"`
	Secret awsjson.Sensitive `json:"Secret,omitzero"`
}

// call is a call of the service of these tests.
type call struct{ door.Passage }

// service changes something when it is told to, and asks for leave unless it
// forgets to.
type service struct {
	*door.Door[*service, *call]
	forgets   bool
	committed int
}

func (s *service) look(c *call, in *message) (*message, error) {
	if !s.forgets {
		c.Allow(audit.Resource{ARN: "arn:" + *in.Name, Type: "A::Thing"})
	}
	if *in.Name == "none" {
		return nil, fault.New(fault.NotFound, "There is none.")
	}
	return in, nil
}

func (s *service) write(tx *store.Tx, c *call, in *message) (*message, error) {
	out, err := s.look(c, in)
	if err != nil {
		return nil, err
	}
	return out, tx.PutFreeze(&secret.Freeze{Account: doortest.Account, Region: "r", From: tx.Now(), To: tx.Now().Add(time.Hour)})
}

func (s *service) change(c *call, in *message) (*message, error) {
	return door.Update(c, func(tx *store.Tx) (*message, error) { return s.write(tx, c, in) })
}

func (s *service) clear(c *call, in *message) (*door.Nothing, error) {
	return door.Update(c, func(tx *store.Tx) (*door.Nothing, error) {
		_, err := s.write(tx, c, in)
		return &door.Nothing{}, err
	})
}

// do calls an operation.
func (s *service) do(t *testing.T, operation, name string) (any, error) {
	in := &message{Name: &name, Secret: awsjson.NewSensitive("s3cr3t")}
	return s.Pass(&call{door.Passage{Call: door.Call{Caller: iam.NewRoot(doortest.Account, "r", "AKIA")}, Ctx: t.Context(), In: in}}, operation)
}

func newService(t *testing.T, b *doortest.Bench) *service {
	t.Helper()
	m, err := awsjson.ParseModel([]byte(model))
	if err != nil {
		t.Fatal(err)
	}
	s := &service{}
	base := b.Base()
	base.Committed = func() { s.committed++ }
	s.Door = door.New(door.Config{Base: base, Model: m, Source: "toy.amazonaws.com", Actions: "toy:", Code: awsjson.Code, Message: awsjson.Message}, s,
		[]door.Row[*service, *call]{
			door.Read("Look", (*service).look), door.Read("Tell", (*service).look).TellingAnswer(),
			door.Write("Change", (*service).change), door.Write("Clear", (*service).clear),
		})
	if differences := s.Compare(); differences != nil {
		t.Fatal(differences)
	}
	return s
}

// leaves tells whether events are as they should be: none where nothing is wanted.
func leaves(events, want string) bool {
	return strings.Contains(events, want) && (want != "" || events == "") && !strings.Contains(events, "s3cr3t")
}

// changes is how often something was changed.
func changes(t *testing.T, b *doortest.Bench) (n int) {
	t.Helper()
	err := b.Store.View(t.Context(), func(tx *store.Tx) error {
		found, err := tx.Freezes(doortest.Account, "r")
		n = len(found)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestPass: a read is in the trail before it is answered, a change brings its event
// along, and neither tells what is sensitive.
func TestPass(t *testing.T) {
	b := doortest.New(t, "r")
	s := newService(t, b)
	for _, c := range []struct {
		operation, name  string
		trailed, shipped string // what must be there
		kind             fault.Kind
	}{
		{"Look", "a", `"readOnly":true,"resources":[{"ARN":"arn:a","accountId":"","type":"A::Thing"}]`, "", 0},
		{"Tell", "b", `"responseElements":{"name":"b"}`, "", 0},
		{"Change", "c", "", `"responseElements":{"name":"c"}`, 0},
		{"Clear", "d", "", `"requestParameters":{"name":"d"}`, 0},
		{"Look", "none", `"errorCode":"ResourceNotFoundException","errorMessage":"There is none."`, "", fault.NotFound},
		{"Change", "none", `"eventName":"Change"`, "", fault.NotFound},
		{"Other", "a", "", "", fault.UnknownOperation},
	} {
		before := len(b.Trailed(t))
		out, err := s.do(t, c.operation, c.name)
		if fault.KindOf(err) != c.kind || (err == nil && c.operation != "Clear") != (out != nil) {
			t.Errorf("%s %s: %v, %v", c.operation, c.name, out, err)
		}
		trailed, shipped := string(b.Trailed(t)[before:]), ""
		for _, e := range b.Shipped(t) {
			shipped += string(e)
		}
		if !leaves(trailed, c.trailed) || !leaves(shipped, c.shipped) {
			t.Errorf("%s %s leaves\n%q, want %q, and for later\n%q, want %q", c.operation, c.name, trailed, c.trailed, shipped, c.shipped)
		}
	}
	if n := changes(t, b); n != 2 || s.committed != 2 {
		t.Errorf("%d changes, told of %d", n, s.committed)
	}
}

// TestForgottenAuthorization: an operation that has not asked answers nothing and
// changes nothing.
func TestForgottenAuthorization(t *testing.T) {
	b := doortest.New(t, "r")
	s := newService(t, b)
	s.forgets = true
	for _, operation := range []string{"Look", "Tell", "Change", "Clear"} {
		if out, err := s.do(t, operation, "a"); out != nil || err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v, %v", operation, out, err)
		}
	}
	if n := changes(t, b); n != 0 || s.committed != 0 {
		t.Errorf("%d changes, told of %d", n, s.committed)
	}
}

// TestUnaudited: what the trail cannot take is neither done nor told, not even why
// it would have been refused.
func TestUnaudited(t *testing.T) {
	b := doortest.New(t, "r")
	s := newService(t, b)
	dir := filepath.Join(b.Dir, "audit")
	if err := errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	b.Advance(24 * time.Hour) // to a new file
	for _, operation := range []string{"Look", "Change"} {
		for _, name := range []string{"a", "none"} {
			if out, err := s.do(t, operation, name); out != nil || err == nil || fault.KindOf(err) != fault.Internal {
				t.Errorf("%s %s: %v, %v", operation, name, out, err)
			}
		}
	}
	refused := fault.New(fault.Serialization, "malformed")
	if err := s.Failed(context.Background(), awsjson.Request[iam.Caller]{Operation: "Look"}, refused); fault.KindOf(err) != fault.Internal {
		t.Errorf("a request that failed before: %v", err)
	}
	if n := changes(t, b); n != 0 || s.committed != 0 {
		t.Errorf("%d changes, told of %d", n, s.committed)
	}
}
