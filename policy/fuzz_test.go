package policy_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/alberti-dev/alberti/policy"
)

var seeds = []string{
	`{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":["secretsmanager:Get*"],"Resource":"arn:aws:secretsmanager:*:*:secret:${aws:username, 'x'}-??????"}]}`,
	`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","NotAction":"kms:*","NotResource":"*","Condition":{"ForAllValues:StringNotLikeIfExists":{"aws:TagKeys":["a*","${aws:x}"]},"Null":{"k:k":true}}}}`,
	`{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":["111111111111","arn:aws:iam::111111111111:user/u"],"Service":"ec2.amazonaws.com"},"Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"},"DateLessThan":{"aws:CurrentTime":"2027"},"NumericLessThan":{"k:k":7.5}}}]}`,
	`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"x.y"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"ArnLike":{"k:k":"arn:*:iam::${*}:?/*"},"Bool":{"k:k":"${k:k}"},"BinaryEquals":{"k:k":"aGk="}}}}`,
}

// FuzzParse: what is accepted says the same however it is laid out, and reading
// it twice is reading it once.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		for kind := range 3 {
			f.Add(seed, uint8(kind))
		}
	}
	f.Fuzz(func(t *testing.T, text string, kind uint8) {
		k := policy.Kind(kind % 3)
		d, err := policy.Parse(text, k)
		again, errAgain := policy.Parse(text, k)
		if !reflect.DeepEqual(d, again) || !reflect.DeepEqual(err, errAgain) {
			t.Fatalf("read once: %v, %v; twice: %v, %v", d, err, again, errAgain)
		}
		if err != nil {
			return
		}
		spread := jsontext.Value(text)
		if err := spread.Indent(); err != nil {
			t.Fatalf("accepted, but not JSON: %v", err)
		}
		if other, err := policy.Parse(string(spread), k); err != nil || !reflect.DeepEqual(d, other) {
			t.Fatalf("laid out otherwise: %v, %v", other, err)
		}
		d.Broad()
	})
}

// FuzzEvaluate: whatever a policy says, a Deny of everything beside it wins, a
// caller of no account gets nothing from identity policies, and the same
// question has the same answer.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed, "secretsmanager:GetSecretValue", inOne, "10.0.0.1", alice)
	}
	all, err := policy.Parse(`{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`, policy.Identity)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text, action, resource, value, who string) {
		r := policy.Request{
			Principal: policy.Principal{Type: policy.AssumedRole, Account: "111111111111", ARN: who, Issuer: reader},
			Action:    action, Resource: resource, ResourceAccount: "111111111111",
			Context: func(key string) []string {
				if strings.HasPrefix(key, "aws:t") {
					return []string{value, "b"}
				}
				return []string{value}
			},
		}
		var on policy.Policies
		if d, err := policy.Parse(text, policy.Identity); err == nil {
			on.Identity, on.Boundary, on.Session = []*policy.Document{d}, d, []*policy.Document{d}
		} else if on.Resource, err = policy.Parse(text, policy.Resource); err != nil {
			return
		}
		v := policy.Evaluate(r, on)
		if v != policy.Evaluate(r, on) || v.Allowed && (v.Explicit || v.By != "") || !v.Allowed && v.By == "" {
			t.Fatalf("%+v", v)
		}
		on.Identity = append(on.Identity, all)
		if v := policy.Evaluate(r, on); v != (policy.Verdict{Explicit: true, By: policy.IdentityBased}) {
			t.Fatalf("with a Deny of everything: %+v", v)
		}
		on.Identity, r.Principal = on.Identity[:0], policy.Principal{Type: policy.Anonymous}
		if v := policy.Evaluate(r, on); on.Resource == nil && v.Allowed {
			t.Fatalf("nobody may: %+v", v)
		}
	})
}
