package rotatortest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/secret"
)

// names are hard to quote: each language has its own ways to end a name.
var names = []string{
	`quote"d`, `it's`, `back\slash`, "back`tick", `per%cent`, `Upper Case`, `semi;colon--`, `br[ack]et`, `$1`, `é名`, `a/*b*/c`, `a TO b`, `@host`,
}

// hostileNames are the names of one server, each with a number that no other
// test has.
func (h Harness) hostileNames() (out []string) {
	for _, name := range slices.Concat(names, h.Names) {
		if !strings.ContainsAny(name, h.NotInNames) {
			out = append(out, fmt.Sprintf("%s%d", name, users.Add(1)))
		}
	}
	return out
}

func singleHostileNames(t *testing.T, h Harness) {
	for _, user := range h.hostileNames() {
		h.User(t, user, "first-Password-1")
		s := h.singleFor(t, h.Engine, user, "first-Password-1")
		s.Begin()
		s.Run(Steps...)
		h.rotated(t, s, user, "first-Password-1")
	}
}

func alternatingHostileNames(t *testing.T, h Harness) {
	for _, user := range h.hostileNames() {
		h.User(t, user, "first-Password-1")
		s := h.alternatingFor(t, h.Engine, user, "first-Password-1")
		for range 2 {
			s.Rotate()
			now, password := s.Login(secret.Current)
			h.accepts(t, now, password)
		}
	}
}

// singleHostilePasswords sets passwords of every printable character, and of
// others than ASCII.
func singleHostilePasswords(t *testing.T, h Harness) {
	var printable []byte
	for c := byte(' ' + 1); c < 0x7f; c++ {
		printable = append(printable, c)
	}
	for _, password := range []string{
		string(printable[:32]), string(printable[32:64]), string(printable[64:]), `'"\`, `\'; --aA1`, "Pässwörd-名前-1", "%s%d{{.}}$1aA", "trailing\\",
	} {
		password = strings.Map(func(r rune) rune {
			if strings.ContainsRune(h.NotInPasswords, r) || r > 0x7f && h.ASCIIOnly {
				return -1
			}
			return r
		}, password) + "aA1-longer-than-rules-ask"
		s := h.single(t, h.Engine)
		user, old := s.Login(secret.Current)
		s.Begin()
		s.Fill(s.with("password", password))
		s.Run(Steps...)
		if _, now := s.Login(secret.Current); now != password {
			t.Fatalf("AWSCURRENT is not %q", password)
		}
		h.rotated(t, s, user, old)
	}
}
