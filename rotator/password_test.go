package rotator

import "testing"

func env(pairs ...string) func(string) (string, bool) {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return func(name string) (string, bool) { text, ok := m[name]; return text, ok }
}

func TestPolicyWith(t *testing.T) {
	all := PasswordPolicy{
		Length: 20, ExcludeCharacters: "abc", ExcludeNumbers: true, ExcludePunctuation: true,
		ExcludeUppercase: true, ExcludeLowercase: false, RequireEachIncludedType: false,
	}
	chosen := DefaultPasswords()
	chosen.EngineExcludes = false
	for _, c := range []struct {
		name string
		env  func(string) (string, bool)
		want PasswordPolicy
	}{
		{"nothing", env(), DefaultPasswords()},
		{"everything", env("PASSWORD_LENGTH", "20", "EXCLUDE_CHARACTERS", "abc", "EXCLUDE_NUMBERS", "true", "EXCLUDE_PUNCTUATION", "Y",
			"EXCLUDE_UPPERCASE", "Yes", "EXCLUDE_LOWERCASE", "no", "REQUIRE_EACH_INCLUDED_TYPE", "0"), all},
		{"exclude no characters", env("EXCLUDE_CHARACTERS", ""), chosen},
		{"not true", env("EXCLUDE_NUMBERS", "on", "EXCLUDE_PUNCTUATION", ""), DefaultPasswords()},
	} {
		if got, err := DefaultPasswords().With(c.env); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v\nwant %+v", c.name, got, err, c.want)
		}
	}
	for _, length := range []string{"3", "4097", "-8", "32 ", "", "many"} {
		if _, err := DefaultPasswords().With(env("PASSWORD_LENGTH", length)); err == nil {
			t.Errorf("PASSWORD_LENGTH=%q is taken", length)
		}
	}
}

func TestPolicyOfEngine(t *testing.T) {
	for _, c := range []struct {
		policy PasswordPolicy
		want   string
	}{
		{DefaultPasswords(), someTraits.Excluded},
		{PasswordPolicy{ExcludeCharacters: "abc"}, "abc"},
		{PasswordPolicy{ExcludeCharacters: "abc", EngineExcludes: true}, "abc" + someTraits.Excluded},
	} {
		if got := c.policy.without(someTraits.Excluded).ExcludeCharacters; got != c.want {
			t.Errorf("%+v: %q, want %q", c.policy, got, c.want)
		}
	}
}
