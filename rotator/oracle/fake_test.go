package oracle_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/sijms/go-ora/v2/network"

	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/oracle"
)

// fake is what these tests take Oracle to be, behind the interface that drivers
// have: users with what they may do. It takes statements apart, quotes and all;
// but it knows of the real product only what we do.
type fake struct {
	mu      sync.Mutex
	users   map[string]*user // by the name of the catalog
	conns   map[*conn]bool
	log     []string
	fail    func(statement string) error // instead of doing it
	deaf    string                       // the connection breaks after a statement that begins so was done
	logins  int
	longest int // password, in bytes
}

type user struct {
	password, eldest string // eldest is in force too, in a rollover period
	refusal          int    // what its logins are turned down with
	options          map[string]string
	grants           map[string]grant // by what was granted
	quotas           map[string]string
	synonym          string
	initial          []string        // roles that a session begins with
	proxies          map[string]bool // who may connect as the user
}

type grant struct{ options string }

func newFake() *fake {
	f := &fake{users: map[string]*user{}, conns: map[*conn]bool{}, longest: 1024}
	f.add("system", "Right-System-1")
	return f
}

func (f *fake) engine() oracle.Engine {
	return oracle.EngineOver(func(c rotator.Credential, sid bool) driver.Connector { return &connector{f, c, sid} })
}

// add makes a user as a person does.
func (f *fake) add(name, password string) *user {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := newUser(password)
	u.grants["CREATE SESSION"] = grant{}
	f.users[oracle.Canonical(name)] = u
	return u
}

func newUser(password string) *user {
	return &user{
		password: password, grants: map[string]grant{}, quotas: map[string]string{}, proxies: map[string]bool{},
		options: map[string]string{"PROFILE": "DEFAULT", "DEFAULT TABLESPACE": "USERS", "TEMPORARY TABLESPACE": "TEMP"},
	}
}

// rights are what a user has, for comparing.
func (u *user) rights() string {
	var out []string
	for what, g := range u.grants {
		out = append(out, what+g.options)
	}
	for _, m := range []map[string]string{u.options, u.quotas} {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			out = append(out, key+" "+m[key])
		}
	}
	for by := range u.proxies {
		out = append(out, "through "+by)
	}
	slices.Sort(u.initial)
	out = append(out, fmt.Sprint("default roles ", u.initial))
	slices.Sort(out)
	return strings.Join(out, "\n")
}

func ora(code int) error {
	return &network.OracleError{ErrCode: code, ErrMsg: fmt.Sprintf("ORA-%05d: a reason", code)}
}

type connector struct {
	f   *fake
	c   rotator.Credential
	sid bool
}

func (c *connector) Driver() driver.Driver { return nil }

// Connect logs in.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	switch { // the listener
	case !c.sid && c.c.Database != "orclpdb":
		return nil, ora(12514)
	case c.sid && c.c.Database != "ORCL":
		return nil, ora(12505)
	}
	c.f.logins++
	name, password := oracle.Canonical(c.c.Username), string(c.c.Password.Reveal())
	u := c.f.users[name]
	if u == nil {
		return nil, ora(1017)
	}
	if u.refusal != 0 {
		return nil, ora(u.refusal)
	}
	if u.password != password && (u.eldest != password || u.eldest == "") {
		return nil, ora(1017)
	}
	if _, ok := u.grants["CREATE SESSION"]; !ok {
		return nil, ora(1045)
	}
	conn := &conn{f: c.f, user: name}
	c.f.conns[conn] = true
	return conn, nil
}

type conn struct {
	f    *fake
	user string
	gone bool
}

func (c *conn) Prepare(string) (driver.Stmt, error) { return nil, driver.ErrSkip }
func (c *conn) Begin() (driver.Tx, error)           { return nil, driver.ErrSkip }

func (c *conn) Close() error {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	delete(c.f.conns, c)
	return nil
}

// ExecContext runs a statement, or the block that runs another.
func (c *conn) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	if c.gone {
		return nil, io.EOF
	}
	c.f.log = append(c.f.log, text)
	statement := text
	if text == "BEGIN EXECUTE IMMEDIATE :1; END;" {
		statement = args[0].Value.(string)
	}
	if c.f.fail != nil {
		if err := c.f.fail(statement); err != nil {
			return nil, err
		}
	}
	if err := c.f.execute(c.user, statement); err != nil {
		return nil, err
	}
	if c.f.deaf != "" && strings.HasPrefix(statement, c.f.deaf) {
		c.gone = true
		return nil, io.EOF
	}
	return driver.ResultNoRows, nil
}

// QueryContext answers the queries of the catalog.
func (c *conn) QueryContext(_ context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	if c.gone {
		return nil, io.EOF
	}
	c.f.log = append(c.f.log, text)
	var named []string
	for _, a := range args {
		named = append(named, a.Value.(string))
	}
	out, ok := c.f.view(c.user, text, named)
	if !ok {
		return nil, ora(942)
	}
	return &rows{out}, nil
}

type rows struct{ rest [][]string }

func (r *rows) Columns() []string {
	if len(r.rest) == 0 {
		return []string{"A"}
	}
	return slices.Repeat([]string{"A"}, len(r.rest[0]))
}
func (r *rows) Close() error { return nil }

func (r *rows) Next(into []driver.Value) error {
	if len(r.rest) == 0 {
		return io.EOF
	}
	for i, cell := range r.rest[0] {
		into[i] = cell
	}
	r.rest = r.rest[1:]
	return nil
}

// drop breaks a user's connections.
func (f *fake) drop(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		c.gone = c.gone || c.user == oracle.Canonical(name)
	}
}
