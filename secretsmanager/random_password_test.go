package secretsmanager_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

const (
	lower       = "abcdefghijklmnopqrstuvwxyz"
	upper       = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digits      = "0123456789"
	punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
)

func TestGetRandomPassword(t *testing.T) {
	b, yes, no := newBench(t), aws.Bool(true), aws.Bool(false)
	for name, test := range map[string]struct {
		in     sdk.GetRandomPasswordInput
		length int
		each   []string // one of each must be there
		only   string   // nothing else may
	}{
		"by default":            {sdk.GetRandomPasswordInput{}, 32, []string{lower, upper, digits, punctuation}, lower + upper + digits + punctuation},
		"long":                  {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(4096)}, 4096, []string{lower, upper, digits, punctuation}, lower + upper + digits + punctuation},
		"one of each":           {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(4)}, 4, []string{lower, upper, digits, punctuation}, lower + upper + digits + punctuation},
		"and a space":           {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(5), IncludeSpace: yes}, 5, []string{lower, upper, digits, punctuation, " "}, lower + upper + digits + punctuation + " "},
		"a space left out":      {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(4), IncludeSpace: yes, ExcludeCharacters: aws.String(" ")}, 4, []string{lower, upper, digits, punctuation}, lower + upper + digits + punctuation},
		"digits":                {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(1), ExcludeLowercase: yes, ExcludeUppercase: yes, ExcludePunctuation: yes}, 1, []string{digits}, digits},
		"no digits":             {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(3), ExcludeNumbers: yes}, 3, []string{lower, upper, punctuation}, lower + upper + punctuation},
		"one letter":            {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(1), ExcludeCharacters: aws.String(lower[1:] + upper + digits + punctuation)}, 1, []string{"a"}, "a"},
		"too short, but may be": {sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(1), RequireEachIncludedType: no}, 1, nil, lower + upper + digits + punctuation},
		"AWS's own rotators":    {sdk.GetRandomPasswordInput{ExcludeCharacters: aws.String("/@\"'\\")}, 32, []string{lower, upper, digits}, lower + upper + digits + "!#$%&()*+,-.:;<=>?[]^_`{|}~"},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				out, err := b.GetRandomPassword(t.Context(), &test.in)
				if err != nil {
					t.Fatal(err)
				}
				got := *out.RandomPassword
				if len(got) != test.length {
					t.Fatalf("%d characters: %q", len(got), got)
				}
				for _, class := range test.each {
					if !strings.ContainsAny(got, class) {
						t.Errorf("%q has none of %q", got, class)
					}
				}
				if strange := strings.Trim(got, test.only); strange != "" && strings.ContainsFunc(got, func(r rune) bool { return !strings.ContainsRune(test.only, r) }) {
					t.Errorf("%q is not of %q", got, test.only)
				}
			}
		})
	}
}

func TestGetRandomPasswordRefuses(t *testing.T) {
	const short = "Password length is too short based on the required types."
	b := newBench(t)
	for body, want := range map[string][2]string{
		`{"PasswordLength":3}`:                                                                                             {"InvalidParameterException", short},
		`{"PasswordLength":4,"IncludeSpace":true}`:                                                                         {"InvalidParameterException", short},
		`{"PasswordLength":1,"ExcludeLowercase":true,"ExcludeUppercase":true}`:                                             {"InvalidParameterException", short},
		`{"ExcludeLowercase":true,"ExcludeUppercase":true,"ExcludeNumbers":true,"ExcludePunctuation":true}`:                {"InvalidParameterException", "All characters are excluded, so there is none left for a password."},
		`{"ExcludeLowercase":true,"ExcludeUppercase":true,"ExcludePunctuation":true,"ExcludeCharacters":"` + digits + `"}`: {"InvalidParameterException", "All characters are excluded, so there is none left for a password."},
		`{"PasswordLength":4097}`:                                                                                          {"ValidationException", "1 validation error detected: Value '4097' at 'passwordLength' failed to satisfy constraint: Member must have value less than or equal to 4096"},
		`{"PasswordLength":0}`:                                                                                             {"ValidationException", "1 validation error detected: Value '0' at 'passwordLength' failed to satisfy constraint: Member must have value greater than or equal to 1"},
	} {
		b.refuses(t, "GetRandomPassword", body, want[0], want[1])
	}
}

// TestPasswordsAreUniform: every character as often as the others, in every
// place. Chi-square with 93 degrees of freedom is above 190 once in a thousand
// million runs.
func TestPasswordsAreUniform(t *testing.T) {
	b := newBench(t)
	all := lower + upper + digits + punctuation
	count, first := map[rune]int{}, map[bool]int{}
	n := 0
	for range 12 {
		out, err := b.GetRandomPassword(t.Context(), &sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(4096), RequireEachIncludedType: aws.Bool(false)})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range *out.RandomPassword {
			count[r]++
			n++
		}
	}
	expected, square := float64(n)/float64(len(all)), 0.0
	for _, r := range all {
		off := float64(count[r]) - expected
		square += off * off / expected
	}
	if square > 190 {
		t.Errorf("chi-square %.0f", square)
	}
	// With one of each class required, the lower-case letter is not always first.
	for range 200 {
		out, err := b.GetRandomPassword(t.Context(), &sdk.GetRandomPasswordInput{PasswordLength: aws.Int64(4)})
		if err != nil {
			t.Fatal(err)
		}
		first[strings.ContainsRune(lower, rune((*out.RandomPassword)[0]))]++
	}
	if first[true] < 20 || first[true] > 90 { // a quarter of 200, give or take five deviations
		t.Errorf("of 200 passwords %d begin with a lower-case letter", first[true])
	}
}
