package mysql_test

import (
	"fmt"
	"testing"

	"github.com/alberti-dev/alberti/rotator/mysql"
)

// TestDefinitions reads what servers print, and says what ALTER USER would have
// to say to make a bare account of it.
func TestDefinitions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ printed, methods, alter string }{
		{"CREATE USER `a`@`%`", "[]", ""},
		{"CREATE USER `a`@`%` IDENTIFIED BY PASSWORD '*00' REQUIRE NONE", "[mysql_native_password]", ""},
		{"CREATE USER `a TO b`@`%` IDENTIFIED VIA unix_socket OR mysql_native_password USING 'REQUIRE SSL' WITH MAX_USER_CONNECTIONS -1", "[unix_socket mysql_native_password]", "WITH MAX_USER_CONNECTIONS -1"},
		{`CREATE USER 'a'@'%' IDENTIFIED WITH 'caching_sha2_password' AS '$A$005$it\'s "\\' REQUIRE X509 ACCOUNT LOCK`, "[caching_sha2_password]", "REQUIRE X509 ACCOUNT LOCK"},
		{"CREATE USER `a`@`%` IDENTIFIED WITH 'x' AS 0x24 AND IDENTIFIED WITH 'y' REQUIRE NONE PASSWORD EXPIRE ACCOUNT UNLOCK", "[x y]", ""},
		{"CREATE USER `a`@`%` IDENTIFIED BY PASSWORD '' SOMETHING NEW PASSWORD EXPIRE NEVER", "[mysql_native_password]", "PASSWORD EXPIRE NEVER SOMETHING NEW"},
	} {
		methods, alter, err := mysql.Definition(c.printed)
		if err != nil || fmt.Sprint(methods) != c.methods || alter != c.alter {
			t.Errorf("%s: %q, %q, %v", c.printed, methods, alter, err)
		}
	}
	for _, broken := range []string{"CREATE USER `a`@`%", "CREATE USER `a`@`%` IDENTIFIED BY PASSWORD '*00", "GRANT USAGE ON *.* TO `a`@`%`", ""} {
		if _, _, err := mysql.Definition(broken); err == nil {
			t.Errorf("%q was read", broken)
		}
	}
}

// TestBrokenGrants wants rows that cannot be read to stop a rotation: what they
// grant would be lost.
func TestBrokenGrants(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{
		"", "GRANT", "GRANT SELECT ON `a", "GRANT SELECT ON `a`.* FROM `x`@`%`", "GRANT SELECT (`a` ON `b`.`c`", "REVOKE SELECT FROM `x`@`%`", "EXPLAIN x",
	} {
		if err := mysql.Grant(broken); err == nil {
			t.Errorf("%q was read", broken)
		}
	}
}
