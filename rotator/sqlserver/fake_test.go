package sqlserver_test

import (
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/alberti-dev/alberti/internal/tdstest"
)

// fake is what these tests take SQL Server to be: logins, databases and their
// users, with roles and permissions. It takes the statements apart as T-SQL,
// quotes and all, and has no shortcut for ours; but it knows of the real product
// only what we do.
type fake struct {
	mu        sync.Mutex
	logins    principals
	databases map[string]*base
	log       []string                               // every text that was sent, and what the server made of it
	fail      func(statement string) []tdstest.Error // instead of doing it
	deaf      string                                 // the connection breaks after a statement that begins so was done
}

type base struct {
	users    principals
	readOnly bool
	noAccess bool
}

// principal is a login, or the user of a database.
type principal struct {
	name, password string
	sid            []byte
	options        map[string]string // DEFAULT_DATABASE, CHECK_POLICY …
	disabled       bool
	contained      bool
	refusal        int32 // what its logins are turned down with
	mark           string
	roles          []string
	permissions    []row
}

// principals are in a server or a database whose collation knows no case, as is
// usual.
type principals map[string]*principal

// named finds one; nil when there is none.
func (all principals) named(name string) *principal {
	for known, p := range all {
		if strings.EqualFold(known, name) {
			return p
		}
	}
	return nil
}

// row is a row of sys.server_permissions or sys.database_permissions.
type row struct{ state, name, class, schema, object, column, grantor string }

func newFake() *fake {
	f := &fake{logins: principals{}, databases: map[string]*base{}}
	for _, name := range []string{"master", "app", "tempdb"} {
		f.databases[name] = &base{users: principals{}}
	}
	f.newLogin("sa", "right-Sa-1")
	return f
}

// newLogin makes a login as a person would.
func (f *fake) newLogin(user, password string) *principal {
	f.mu.Lock()
	defer f.mu.Unlock()
	sid := sha256.Sum256([]byte(user))
	return f.addLogin(user, password, sid[:16])
}

func (f *fake) addLogin(user, password string, sid []byte) *principal {
	p := &principal{name: user, password: password, sid: sid, options: map[string]string{
		"DEFAULT_DATABASE": "master", "DEFAULT_LANGUAGE": "us_english", "CHECK_POLICY": "ON", "CHECK_EXPIRATION": "OFF",
	}}
	p.permissions = []row{{state: "G", name: "CONNECT SQL", class: "SERVER"}}
	f.logins[user] = p
	return p
}

// newUser makes a user of a database: of a login, or contained with a password.
func (f *fake) newUser(database, user, loginOrPassword string, contained bool) *principal {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := f.addUser(database, user)
	if p.contained = contained; contained {
		p.password, p.sid = loginOrPassword, []byte("contained "+user)
	} else {
		p.sid = f.logins.named(loginOrPassword).sid
	}
	return p
}

func (f *fake) addUser(database, user string) *principal {
	p := &principal{name: user, options: map[string]string{"DEFAULT_SCHEMA": "dbo", "DEFAULT_LANGUAGE": ""}}
	p.permissions = []row{{state: "G", name: "CONNECT", class: "DATABASE"}}
	f.databases[database].users[user] = p
	return p
}

// Login implements tdstest.Handler.
func (f *fake) Login(user, password, database string) []tdstest.Error {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, ok := f.databases[database]
	if ok && d.users.named(user) != nil && d.users.named(user).contained {
		return d.users.named(user).opens(password)
	}
	p := f.logins.named(user)
	if p == nil {
		return []tdstest.Error{{Number: 18456, Message: "Login failed for user '" + user + "'."}}
	}
	if errs := p.opens(password); errs != nil {
		return errs
	}
	if !ok {
		return []tdstest.Error{
			{Number: 4060, Message: "Cannot open database \"" + database + "\" requested by the login. The login failed."},
			{Number: 18456, Message: "Login failed for user '" + user + "'."},
		}
	}
	return nil
}

func (p *principal) opens(password string) []tdstest.Error {
	switch {
	case p.refusal != 0:
		return []tdstest.Error{{Number: p.refusal, Message: "Login failed for user '" + p.name + "'. For a reason."}}
	case p.password != password:
		return []tdstest.Error{{Number: 18456, Message: "Login failed for user '" + p.name + "'."}}
	case p.disabled:
		return []tdstest.Error{{Number: 18470, Message: "Login failed for user '" + p.name + "'. Reason: The account is disabled."}}
	}
	return nil
}

// Query implements tdstest.Handler.
func (f *fake) Query(s *tdstest.Session, text string, params map[string]string) tdstest.Result {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, text)
	statements := []string{text}
	if expression, ok := strings.CutPrefix(strings.TrimPrefix(text, atomically), "DECLARE @statement nvarchar(max) = "); ok {
		expression, after, _ := strings.Cut(expression, ";\n")
		made, err := evaluate(expression, params)
		if err != nil || !strings.HasPrefix(after, "IF @statement IS NULL THROW 50000,") || !strings.Contains(after, "EXEC (@statement);") {
			return syntax(text)
		}
		statements = []string{made}
		if strings.Contains(after, "sp_addextendedproperty") {
			statements = append(statements, "EXEC sys.sp_addextendedproperty")
		}
	}
	if rows, ok := f.view(s, text, params); ok {
		return rows
	}
	for _, statement := range statements {
		if f.fail != nil {
			if errs := f.fail(statement); errs != nil {
				return tdstest.Result{Errors: errs}
			}
		}
		if errs := f.execute(s, statement, params); errs != nil {
			return tdstest.Result{Errors: errs}
		}
		if f.deaf != "" && strings.HasPrefix(statement, f.deaf) {
			return tdstest.Result{Hangup: true}
		}
	}
	return tdstest.Result{}
}

const atomically = "SET XACT_ABORT ON;\nBEGIN TRANSACTION;\n"

func syntax(text string) tdstest.Result {
	return tdstest.Result{Errors: syntaxError(text)}
}

func syntaxError(text string) []tdstest.Error {
	return []tdstest.Error{{Number: 102, Message: "Incorrect syntax near '" + text + "'."}}
}

// sent is all texts that the server was sent.
func (f *fake) sent() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.log, "\n")
}

// rights are what a principal has, for comparing.
func (p *principal) rights() string {
	var out []string
	for _, r := range p.permissions {
		out = append(out, strings.Join([]string{r.state, r.name, r.class, r.schema, r.object, r.column}, "|"))
	}
	for _, role := range p.roles {
		out = append(out, "role "+role)
	}
	for _, key := range slices.Sorted(maps.Keys(p.options)) {
		out = append(out, key+" "+p.options[key])
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}
