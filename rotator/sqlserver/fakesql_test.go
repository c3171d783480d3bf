package sqlserver_test

import (
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/alberti-dev/alberti/internal/tdstest"
)

// token is a piece of T-SQL: a word, a [name], an N'text' or a sign.
type token struct {
	kind rune // w, n, t, or the sign itself
	text string
}

func tokens(text string) (out []token, err error) {
	r := []rune(text)
	for i := 0; i < len(r); {
		switch {
		case unicode.IsSpace(r[i]):
			i++
		case r[i] == '[':
			var t string
			if t, i, err = quoted(r, i+1, ']'); err != nil {
				return nil, err
			}
			out = append(out, token{'n', t})
		case r[i] == 'N' && i+1 < len(r) && r[i+1] == '\'':
			var t string
			if t, i, err = quoted(r, i+2, '\''); err != nil {
				return nil, err
			}
			out = append(out, token{'t', t})
		case unicode.IsLetter(r[i]) || r[i] == '@' || r[i] == '_' || unicode.IsDigit(r[i]):
			from := i
			for i < len(r) && (unicode.IsLetter(r[i]) || unicode.IsDigit(r[i]) || r[i] == '_' || r[i] == '@') {
				i++
			}
			out = append(out, token{'w', string(r[from:i])})
		default:
			out = append(out, token{r[i], string(r[i])})
			i++
		}
	}
	return out, nil
}

func quoted(r []rune, i int, end rune) (text string, after int, err error) {
	var b strings.Builder
	for ; i < len(r); i++ {
		if r[i] == end {
			if i+1 == len(r) || r[i+1] != end {
				return b.String(), i + 1, nil
			}
			i++
		}
		b.WriteRune(r[i])
	}
	return "", 0, errors.New("no end")
}

// evaluate makes the statement that the server makes of N'texts' and QUOTENAMEs.
func evaluate(expression string, params map[string]string) (string, error) {
	all, err := tokens(expression)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	for i := 0; i < len(all); i++ {
		switch t := all[i]; {
		case t.kind == 't':
			out.WriteString(t.text)
		case t.text == "QUOTENAME" && i+3 < len(all) && all[i+1].kind == '(':
			value, ok := params[strings.TrimPrefix(all[i+2].text, "@")]
			if !ok || len(utf16.Encode([]rune(value))) > 128 {
				return "", errors.New("NULL")
			}
			if all[i+3].kind == ',' && all[i+4].text == "'" {
				out.WriteString("'" + strings.ReplaceAll(value, "'", "''") + "'")
				i += 5
			} else {
				out.WriteString("[" + strings.ReplaceAll(value, "]", "]]") + "]")
				i += 3
			}
		default:
			return "", errors.New("what is " + t.text)
		}
		if i++; i < len(all) && all[i].kind != '+' {
			return "", errors.New("+ is missing")
		}
	}
	return out.String(), nil
}

// like matches tokens with a pattern of words, in which ? is a name, a text or a
// word, and gives those; what follows is the rest.
func like(all []token, pattern string) (got []string, rest []token, ok bool) {
	for _, want := range strings.Fields(pattern) {
		if len(all) == 0 {
			return nil, nil, false
		}
		t := all[0]
		switch {
		case want == "?":
			got = append(got, t.text)
		case t.kind == 'n' || t.kind == 't' || t.text != want:
			return nil, nil, false
		}
		all = all[1:]
	}
	return got, all, true
}

// execute does a statement.
func (f *fake) execute(s *tdstest.Session, statement string, params map[string]string) []tdstest.Error {
	all, err := tokens(statement)
	if err != nil {
		return syntaxError(statement)
	}
	own := f.databases[s.Database].users
	for _, k := range []struct {
		word string
		of   principals
	}{{"LOGIN", f.logins}, {"USER", own}} {
		if got, rest, ok := like(all, "CREATE "+k.word+" ? WITH PASSWORD = ?"); ok {
			return f.create(s, k.word, got[0], got[1], rest)
		}
		if got, rest, ok := like(all, "ALTER "+k.word+" ? WITH PASSWORD = ?"); ok {
			return setPassword(s, k.of.named(got[0]), got[0], got[1], rest)
		}
		if got, rest, ok := like(all, "ALTER "+k.word+" ? WITH"); ok && k.of.named(got[0]) != nil {
			return k.of.named(got[0]).set(rest)
		}
	}
	if got, _, ok := like(all, "ALTER LOGIN ? ENABLE"); ok {
		f.logins.named(got[0]).disabled = false
		return nil
	}
	if got, _, ok := like(all, "USE ?"); ok {
		s.Database = got[0]
		return nil
	}
	if got, _, ok := like(all, "CREATE USER ? FOR LOGIN ?"); ok {
		if own.named(got[0]) != nil {
			return []tdstest.Error{{Number: 15023, Message: "User, group, or role '" + got[0] + "' already exists in the current database."}}
		}
		f.addUser(s.Database, got[0]).sid = f.logins.named(got[1]).sid
		return nil
	}
	for _, c := range []struct {
		pattern string
		of      principals
	}{{"ALTER SERVER ROLE ? ? MEMBER ?", f.logins}, {"ALTER ROLE ? ? MEMBER ?", own}} {
		if got, _, ok := like(all, c.pattern); ok {
			return c.of.named(got[2]).join(got[0], got[1] == "ADD")
		}
	}
	if strings.HasPrefix(statement, "EXEC sys.sp_addextendedproperty") {
		own.named(params["user"]).mark = params["secret"]
		return nil
	}
	if slices.Contains([]string{"GRANT", "DENY", "REVOKE"}, all[0].text) {
		return f.permit(s, all, statement)
	}
	if slices.Contains([]string{"SELECT SYSDATETIME()", "select 1;"}, statement) {
		return nil
	}
	return syntaxError(statement)
}

func (f *fake) create(s *tdstest.Session, kind, user, password string, rest []token) []tdstest.Error {
	if kind == "USER" {
		if f.databases[s.Database].users.named(user) != nil {
			return []tdstest.Error{{Number: 15023, Message: "User '" + user + "' already exists in the current database."}}
		}
		p := f.addUser(s.Database, user)
		p.contained, p.password, p.sid = true, password, []byte("contained "+user)
		return nil
	}
	got, rest, ok := like(rest, ", SID = ? ,")
	if !ok {
		return syntaxError("SID")
	}
	sid, err := hex.DecodeString(strings.TrimPrefix(got[0], "0x"))
	if err != nil || len(sid) != 16 {
		return []tdstest.Error{{Number: 15419, Message: "Supplied parameter sid should be binary(16)."}}
	}
	if f.logins.named(user) != nil {
		return []tdstest.Error{{Number: 15025, Message: "The server principal '" + user + "' already exists."}}
	}
	return f.addLogin(user, password, sid).set(rest)
}

func setPassword(s *tdstest.Session, p *principal, user, password string, rest []token) []tdstest.Error {
	if p == nil {
		return []tdstest.Error{{Number: 15151, Message: "Cannot alter the login '" + user + "', because it does not exist or you do not have permission."}}
	}
	old, _, ok := like(rest, "OLD_PASSWORD = ?")
	switch {
	case !ok && s.User != "sa" && s.User != "master":
		return []tdstest.Error{{Number: 15151, Message: "Cannot alter the login '" + user + "', because it does not exist or you do not have permission."}}
	case ok && old[0] != p.password:
		return []tdstest.Error{{Number: 15151, Message: "Cannot alter the login '" + user + "', because it does not exist or you do not have permission."}}
	case p.options["CHECK_POLICY"] == "ON" && strings.HasPrefix(password, "weak"):
		return []tdstest.Error{{Number: 15118, Message: "Password validation failed. The password does not meet the operating system policy requirements because it is not complex enough."}}
	}
	p.password = password
	return nil
}

// set changes options: A = b, C = d.
func (p *principal) set(rest []token) []tdstest.Error {
	for len(rest) > 0 {
		got, after, ok := like(rest, "? = ?")
		if !ok {
			return syntaxError("option")
		}
		p.options[got[0]] = got[1]
		if rest = after; len(rest) > 0 {
			rest = rest[1:]
		}
	}
	return nil
}

func (p *principal) join(role string, add bool) []tdstest.Error {
	p.roles = slices.DeleteFunc(p.roles, func(r string) bool { return r == role })
	if add {
		p.roles = append(p.roles, role)
	}
	return nil
}

// permit does GRANT, DENY and REVOKE.
func (f *fake) permit(s *tdstest.Session, all []token, statement string) []tdstest.Error {
	verb := all[0].text
	r := row{state: map[string]string{"GRANT": "G", "DENY": "D", "REVOKE": ""}[verb]}
	all = all[1:]
	r.name, all = words(all, "ON", "TO", "FROM")
	if len(all) > 0 && all[0].text == "ON" {
		r.class, all = words(all[1:], ":")
		all = all[2:]
		r.object, all = all[0].text, all[1:]
		if all[0].kind == '.' {
			r.schema, r.object, all = r.object, all[1].text, all[2:]
		}
		if all[0].kind == '(' {
			r.column, all = all[1].text, all[3:]
		}
	}
	if len(all) < 2 || all[1].kind != 'n' {
		return syntaxError(statement)
	}
	user, rest := all[1].text, all[2:]
	if _, _, ok := like(rest, "WITH GRANT OPTION"); ok {
		r.state = "W"
	}
	var grantor string
	cascade := false
	for i, t := range rest {
		cascade = cascade || t.text == "CASCADE"
		if t.text == "AS" {
			grantor = rest[i+1].text
		}
	}
	p := f.databases[s.Database].users.named(user)
	if r.class == "" {
		r.class = "DATABASE"
	}
	if login := f.logins.named(user); login != nil && (p == nil || r.name == "VIEW SERVER STATE" || r.name == "CONNECT SQL" || r.class == "ENDPOINT") {
		p = login
		if r.class == "DATABASE" {
			r.class = "SERVER"
		}
	}
	if p == nil {
		return []tdstest.Error{{Number: 15151, Message: "Cannot find the user '" + user + "', because it does not exist or you do not have permission."}}
	}
	r.grantor = grantor
	return p.change(r, cascade)
}

func (p *principal) change(r row, cascade bool) []tdstest.Error {
	for i, have := range p.permissions {
		state := have.state
		have.state = r.state
		if have != r {
			continue
		}
		if state == "W" && r.state != "W" && !cascade {
			return []tdstest.Error{{Number: 4611, Message: "To revoke or deny grantable privileges, specify the CASCADE option."}}
		}
		p.permissions = slices.Delete(p.permissions, i, i+1)
		break
	}
	if r.state != "" {
		p.permissions = append(p.permissions, r)
	}
	return nil
}

// words joins words up to one of those that end them.
func words(all []token, ends ...string) (string, []token) {
	var out []string
	for len(all) > 0 && !slices.Contains(ends, all[0].text) {
		out = append(out, all[0].text)
		all = all[1:]
	}
	return strings.Join(out, " "), all
}
