package rotator

import (
	"strings"
	"testing"
)

func TestOtherUser(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for _, c := range []struct{ user, want string }{
		{"app", "app_clone"},
		{"app_clone", "app"},
		{"app_clone_clone", "app_clone"},
		{"app_CLONE", "app_CLONE_clone"}, // case counts
		{"_clone", "_clone_clone"},       // nothing would be left
		{x(57), x(57) + "_clone"},
		{x(58), ""},
		{strings.Repeat("é", 28), strings.Repeat("é", 28) + "_clone"}, // 62 bytes
		{strings.Repeat("é", 29), ""},                                 // 35 characters, but 64 bytes
	} {
		got, err := otherUser(&Run{}, someTraits, Credential{Username: c.user, MasterARN: "arn:m"})
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.user, got, err, c.want)
		}
	}
	if _, err := otherUser(&Run{}, someTraits, Credential{Username: "app"}); err == nil || err.Error() != "masterarn key is missing from secret JSON" {
		t.Errorf("without masterarn: %v", err)
	}
}
