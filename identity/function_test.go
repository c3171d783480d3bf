package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/fault"
)

// TestForFunction: Lambda runs a function as a role that trusts it, and no other.
func TestForFunction(t *testing.T) {
	b := newBench(t)
	condition := func(key, value string) string {
		return strings.Replace(trustLambda, `"sts:AssumeRole"`, `"sts:AssumeRole","Condition":{"StringEquals":{"`+key+`":"`+value+`"}}`, 1)
	}
	for name, c := range map[string]struct {
		trust string
		may   bool
	}{
		"Lambda":         {trustLambda, true},
		"OfTheAccount":   {condition("aws:SourceAccount", account), true},
		"OfAnother":      {condition("aws:SourceAccount", "111111111111"), false},
		"OtherService":   {strings.Replace(trustLambda, "lambda", "ec2", 1), false},
		"OtherAction":    {strings.Replace(trustLambda, "sts:AssumeRole", "sts:TagSession", 1), false},
		"Denied":         {strings.Replace(trustLambda, `[{`, `[{"Effect":"Deny","Principal":"*","Action":"*"},{`, 1), false},
		"TheAccountOnly": {trusts(assume, account, ""), false},
	} {
		arn := b.role(t, name, c.trust, "")
		err := b.sessions.CanAssume(t.Context(), account, arn)
		made, expires, err2 := b.sessions.ForFunction(t.Context(), account, arn, "Rotate", 12*time.Hour)
		if c.may {
			if err != nil || err2 != nil || !expires.Equal(b.Now().Truncate(time.Second).Add(12*time.Hour)) {
				t.Errorf("%s: %v, %v, until %v", name, err, err2, expires)
			}
			continue
		}
		for _, err := range []error{err, err2} {
			if fault.KindOf(err) != fault.InvalidParameter || fault.Message(err) != "The role defined for the function cannot be assumed by Lambda." || made.AccessKeyID != "" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	for _, arn := range []string{"", "arn", "arn:aws:iam::000000000000:role/None", "arn:aws:iam::000000000000:role/x/Lambda", "arn:aws:iam::111111111111:role/Lambda"} {
		if err := b.sessions.CanAssume(t.Context(), account, arn); fault.KindOf(err) != fault.InvalidParameter {
			t.Errorf("%s: %v", arn, err)
		}
	}
	if err := b.sessions.CanAssume(t.Context(), "111111111111", "arn:aws:iam::000000000000:role/Lambda"); fault.KindOf(err) != fault.InvalidParameter {
		t.Errorf("for another account: %v", err)
	}
}

// TestCredentialsDoNotPrint, in any form.
func TestCredentialsDoNotPrint(t *testing.T) {
	b := newBench(t)
	made, _, err := b.sessions.ForFunction(t.Context(), account, b.role(t, "App", trustLambda, ""), "Rotate", time.Hour)
	done(t, err)
	text, err := made.MarshalText()
	if shown := fmt.Sprintf("%v %+v %#v %s %s", made, made, &made, made, text); err != nil || strings.Contains(shown, made.SecretAccessKey) || strings.Contains(shown, made.SessionToken) {
		t.Errorf("it shows as %s", shown)
	}
}
