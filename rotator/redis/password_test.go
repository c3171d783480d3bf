package redis_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/internal/redistest"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/secret"
)

func hashOf(password string) string {
	sum := sha256.Sum256([]byte(password))
	return "#" + hex.EncodeToString(sum[:])
}

// TestTwoPasswords wants no password but the current and the one before it, not
// even one that somebody added.
func TestTwoPasswords(t *testing.T) {
	t.Parallel()
	newUser(t, "two", "right")
	s := single(t, value("two", "right"))
	for range 3 {
		execute(t, server, "ACL", "SETUSER", "two", ">somebody-added-1")
		_, old := s.Login(secret.Current)
		s.Rotate()
		_, now := s.Login(secret.Current)
		text := rules(t, server, "two")
		if strings.Count(text, "#") != 2 || !strings.Contains(text, hashOf(old)) || !strings.Contains(text, hashOf(now)) {
			t.Errorf("the user has %s", text)
		}
		accepts(t, "two", old)
		accepts(t, "two", now)
		refuses(t, "two", "somebody-added-1")
	}
}

// TestAnother has an administrator set the password of others, of whom one does
// not exist: it must not begin to.
func TestAnother(t *testing.T) {
	t.Parallel()
	newUser(t, "another", "right")
	s, _ := enter(t, credential(admin, server.Password))
	if err := s.SetPassword(t.Context(), "another", secret.Text("new-1")); err != nil {
		t.Fatal(err)
	}
	accepts(t, "another", "new-1")
	refuses(t, "another", "right")
	if kept, err := s.(rotator.Overlapper).SetBeside(t.Context(), "another", secret.Text("new-2"), secret.Text("new-1")); err != nil || !kept {
		t.Errorf("SetBeside: %v, %v", kept, err)
	}
	accepts(t, "another", "new-1")
	accepts(t, "another", "new-2")
	if err := s.SetPassword(t.Context(), "nobody", secret.Text("new-1")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("SetPassword of nobody: %v", err)
	}
	if text := rules(t, server, "nobody"); text != "" {
		t.Errorf("made nobody: %s", text)
	}
}

// TestNotAllowed has a user who may not change its password.
func TestNotAllowed(t *testing.T) {
	t.Parallel()
	newUser(t, "lesser", "right", "-acl|setuser")
	s, _ := enter(t, credential("lesser", "right"))
	if err := s.SetPassword(t.Context(), "lesser", secret.Text("new-1")); !errors.Is(err, rotator.ErrNotAllowed) {
		t.Errorf("SetPassword: %v", err)
	}
	accepts(t, "lesser", "right")
	if err := s.Test(t.Context(), "SET a b"); err == nil || !strings.Contains(err.Error(), "NOPERM") {
		t.Errorf("a statement that is not allowed: %v", err)
	}
	newUser(t, "least", "right", "nocommands")
	least, _ := enter(t, credential("least", "right"))
	if err := least.Test(t.Context(), ""); err != nil {
		t.Errorf("a user who may do nothing at all: %v", err)
	}
	newUser(t, "tester", "right", "+set")
	tester, _ := enter(t, credential("tester", "right"))
	if err := tester.Test(t.Context(), " SET  tested 1 "); err != nil || !strings.HasPrefix(string(execute(t, server, "GET", "tested").([]byte)), "1") {
		t.Errorf("a statement: %v", err)
	}
}

// start starts a server with options of its own.
func start(t *testing.T, o redistest.Options) *redistest.Server {
	t.Helper()
	s, err := redistest.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// TestLasts kills servers after a rotation: passwords must be what they were
// then, for users and for the one that requirepass is about.
func TestLasts(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]redistest.Options{"ACL file": {ACLFile: true}, "configuration file": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := start(t, o)
			makeUser(t, own, "lasting", "right", "+config|rewrite", "+acl|list")
			user := single(t, valueAt(own, "lasting", "right"))
			first := own.Password
			standard := single(t, valueAt(own, "default", first))
			for range 2 {
				user.Rotate()
				standard.Rotate()
			}
			if err := own.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			for _, s := range []*struct{ user, old, now string }{
				{"lasting", "right", currentPassword(user)}, {"default", first, currentPassword(standard)},
			} {
				if err := loginAt(own, s.user, s.now); err != nil {
					t.Errorf("after a restart, %s: %v", s.user, err)
				}
				if loginAt(own, s.user, s.old) == nil {
					t.Errorf("after a restart, %s logs in with a password from before", s.user)
				}
			}
		})
	}
}

func currentPassword(s interface{ Login(string) (string, string) }) string {
	_, password := s.Login(secret.Current)
	return password
}

// TestLost wants it said when a restart would lose the change.
func TestLost(t *testing.T) {
	t.Parallel()
	own := start(t, redistest.Options{NoFile: true})
	s := single(t, valueAt(own, "default", own.Password))
	if err := set(s); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(s.Report.Notes, "\n"); !strings.Contains(notes, "a restart of the server loses the change") ||
		!strings.Contains(notes, "without a config file") {
		t.Errorf("notes: %s", notes)
	}
	newUser(t, "unsaving", "right", "-acl|save", "-config|get")
	s = single(t, value("unsaving", "right"))
	if err := set(s); err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(s.Report.Notes, "\n"); !strings.Contains(notes, "ACL SAVE failed: NOPERM") {
		t.Errorf("notes: %s", notes)
	}
}

// TestQuotes has users of whom CONFIG REWRITE makes a file that Redis cannot
// read: the server must still start.
func TestQuotes(t *testing.T) {
	t.Parallel()
	own := start(t, redistest.Options{})
	makeUser(t, own, "it's", "right")
	s := single(t, valueAt(own, "it's", "right"))
	standard := single(t, valueAt(own, "default", own.Password))
	for _, subject := range []*struct{ set func() error }{{func() error { return set(s) }}, {func() error { return set(standard) }}} {
		if err := subject.set(); err != nil {
			t.Fatal(err)
		}
	}
	for _, notes := range [][]string{s.Report.Notes, standard.Report.Notes} {
		if text := strings.Join(notes, "\n"); !strings.Contains(text, "a restart of the server loses the change: the name or a rule") {
			t.Errorf("notes: %s", text)
		}
	}
	if err := own.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestSecrecy looks for passwords wherever Redis shows commands and users.
func TestSecrecy(t *testing.T) {
	t.Parallel()
	monitor, err := server.Login("default", server.Password)
	if err != nil {
		t.Fatal(err)
	}
	defer monitor.Close()
	if _, err := monitor.Do("MONITOR"); err != nil {
		t.Fatal(err)
	}
	newUser(t, "secretive", "secret-First-1")
	newUser(t, "secretive-pair", "secret-First-2")
	newUser(t, "secretive-lesser", "secret-First-3", "-acl|setuser")
	alone, pair := single(t, value("secretive", "secret-First-1")), alternating(t, value("secretive-pair", "secret-First-2"))
	lesser := single(t, value("secretive-lesser", "secret-First-3"))
	for range 2 {
		alone.Rotate()
		pair.Rotate()
	}
	if set(lesser) == nil {
		t.Error("a user changed its password who may not")
	}
	execute(t, server, "PING", "the end")
	seen := server.Log() + server.File("users.acl") +
		text(execute(t, server, "SLOWLOG", "GET", "-1")) + text(execute(t, server, "ACL", "LOG", "100000"))
	for !strings.Contains(seen, "the end\"") {
		line, err := monitor.Receive()
		if err != nil {
			t.Fatal(err)
		}
		seen += line.(string) + "\n"
	}
	for _, mark := range []string{`"PING"`, "SETUSER", "(redacted)", "user secretive-pair_clone on", "setuser"} {
		if !strings.Contains(seen, mark) {
			t.Errorf("there is no %s: this test shows nothing", mark)
		}
	}
	passwords := []string{"secret-First-"}
	for _, s := range []interface{ Login(string) (string, string) }{alone, pair, lesser} {
		for _, label := range []string{secret.Previous, secret.Current, secret.Pending} {
			if _, password := s.Login(label); password != "" {
				passwords = append(passwords, password)
			}
		}
	}
	for _, password := range passwords {
		if strings.Contains(seen, password) {
			t.Errorf("the server shows a password")
		}
	}
}

// text is a reply as one text.
func text(reply any) string {
	switch r := reply.(type) {
	case []any:
		var out strings.Builder
		for _, item := range r {
			out.WriteString(text(item) + " ")
		}
		return out.String()
	case []byte:
		return string(r)
	case string:
		return r
	}
	return ""
}
