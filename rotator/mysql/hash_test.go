package mysql_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/rotator/mysql"
)

// TestSHA256Crypt holds the algorithm against what the C library makes. Its
// salts are shorter than MySQL's.
func TestSHA256Crypt(t *testing.T) {
	for _, c := range []struct {
		password, salt string
		rounds         int
		want           string
	}{
		{"Hello world!", "saltstring", 5000, "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5"},
		{"Hello world!", "saltstringsaltst", 10000, "3xv.VbSHBb41AL9AvLeujZkZRBAwqFMz2.opqey6IcA"},
		{strings.Repeat("x", 83), "anotherlongsalts", 1400, "d0sAtFAXVzEwqsy1E.d3fwTTczK7QPpmWJhEqDVG6h0"},
		{"", "abc", 5000, "bBHLwRRW2Li0XKaX13kz/g2fkDil4Jx46aNvd.48MS8"},
	} {
		if got := mysql.SHA256Crypt([]byte(c.password), []byte(c.salt), c.rounds); got != c.want {
			t.Errorf("%s: %s, want %s", c.password, got, c.want)
		}
	}
}

// TestCachingSHA2 is a hash that a MySQL server made: hashcat's example.
func TestCachingSHA2(t *testing.T) {
	salt, _ := hex.DecodeString("F9CC98CE08892924F50A213B6BC571A2C11778C5")
	digest, _ := hex.DecodeString("625479393559393965414D45316477456B484F41316E64484742577A2E3162785353526B7554584647562F")
	if got, want := mysql.CachingSHA2Hash([]byte("hashcat"), salt), "$A$005$"+string(salt)+string(digest); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
