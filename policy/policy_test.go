package policy

import "testing"

func TestDecide(t *testing.T) {
	statements := []Statement{
		{Allow, []string{"secretsmanager:Get*"}, []string{"arn:aws:secretsmanager:*:1:secret:app/*"}},
		{Deny, []string{"*"}, []string{"arn:aws:secretsmanager:*:1:secret:app/root-??????"}},
	}
	for _, c := range []struct {
		action, resource string
		want             Decision
	}{
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:1:secret:app/db-AbCdEf", Allowed},
		{"SecretsManager:getsecretvalue", "arn:aws:secretsmanager:eu-west-1:1:secret:app/db-AbCdEf", Allowed},
		{"secretsmanager:PutSecretValue", "arn:aws:secretsmanager:eu-west-1:1:secret:app/db-AbCdEf", Silent},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:1:secret:APP/db-AbCdEf", Silent},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:1:secret:app/root-AbCdEf", Denied},
		{"secretsmanager:GetSecretValue", "arn:aws:secretsmanager:eu-west-1:1:secret:app/root-AbCdEfg", Allowed},
	} {
		if got := Decide(statements, c.action, c.resource); got != c.want {
			t.Errorf("%s on %s: %v, want %v", c.action, c.resource, got, c.want)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"*", "", true}, {"a*b*c", "axxbyyc", true}, {"a*b*c", "axxbyy", false},
		{"?", "", false}, {"a?c", "abc", true}, {"*abc", "ababc", true}, {"abc", "abcd", false},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("glob(%q, %q) = %v", c.pattern, c.s, got)
		}
	}
}
