package lambda_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/function"
	"github.com/alberti-dev/alberti/iam"
	"github.com/alberti-dev/alberti/policy"
	"github.com/alberti-dev/alberti/store"
)

const session = "arn:aws:sts::000000000000:assumed-role/App/i-1"

// app is a session with policies that have these statements.
func app(t *testing.T, statements string) iam.Caller {
	t.Helper()
	d, err := policy.Parse(`{"Version":"2012-10-17","Statement":[`+statements+`]}`, policy.Identity)
	if err != nil {
		t.Fatal(err)
	}
	return iam.Caller{
		Type: iam.AssumedRole, Account: account, Region: region, ARN: session, Issuer: "arn:aws:iam::000000000000:role/App", Policies: []*policy.Document{d},
	}
}

// denied is the body of a refusal.
func denied(action, resource string) string {
	on := ""
	if resource != "" {
		on = " on resource: " + resource
	}
	return fmt.Sprintf(`{"Message":"User: %s is not authorized to perform: %s%s because no identity-based policy allows the %s action"}`, session, action, on, action)
}

// TestEveryOperationAuthorises: somebody with leave for nothing gets nothing, and
// does not learn what there is.
func TestEveryOperationAuthorises(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	b.As(app(t, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`))
	for _, name := range []string{"f", "none"} {
		arn := prefix + "function:" + name
		for _, c := range []struct{ at, body, action, resource string }{
			{"POST " + functions, creation(t, name, ""), "CreateFunction", arn},
			{"DELETE " + functions + "/" + name, "", "DeleteFunction", arn},
			{"DELETE " + functions + "/" + name + "?Qualifier=1", "", "DeleteFunction", arn + ":1"},
			{"GET " + functions + "/" + name, "", "GetFunction", arn},
			{"GET " + functions + "/" + name + ":live", "", "GetFunction", arn + ":live"},
			{"GET " + functions + "/" + name + "/configuration", "", "GetFunctionConfiguration", arn},
			{"GET " + functions, "", "ListFunctions", ""},
			{"GET " + functions + "/" + name + "/versions", "", "ListVersionsByFunction", arn},
			{"PUT " + functions + "/" + name + "/code", `{"ZipFile":"AAAA"}`, "UpdateFunctionCode", arn},
			{"PUT " + functions + "/" + name + "/configuration", `{"Role":"` + role + `"}`, "UpdateFunctionConfiguration", arn},
			{"POST " + functions + "/" + name + "/versions", `{}`, "PublishVersion", arn},
			{"POST " + functions + "/" + name + "/invocations", `{}`, "InvokeFunction", arn},
			{"POST /2014-11-13/functions/" + name + "/invoke-async", `{}`, "InvokeFunction", arn},
			{"PUT /2017-10-31/functions/" + name + "/concurrency", `{"ReservedConcurrentExecutions":1}`, "PutFunctionConcurrency", arn},
			{"GET /2019-09-30/functions/" + name + "/concurrency", "", "GetFunctionConcurrency", arn},
			{"DELETE /2017-10-31/functions/" + name + "/concurrency", "", "DeleteFunctionConcurrency", arn},
			{"POST /2017-03-31/tags/" + arn, `{"Tags":{"a":"b"}}`, "TagResource", arn},
			{"DELETE /2017-03-31/tags/" + arn + "?tagKeys=a", "", "UntagResource", arn},
			{"GET /2017-03-31/tags/" + arn, "", "ListTags", arn},
			{"GET /2016-08-19/account-settings", "", "GetAccountSettings", ""},
		} {
			b.refuses(t, c.at, c.body, 403, "AccessDeniedException", denied("lambda:"+c.action, c.resource))
		}
	}
	if len(b.runner.asked) != 0 {
		t.Error("something ran")
	}
}

// TestConditions asks for what is known of a function and of a request.
func TestConditions(t *testing.T) {
	b := newBench(t)
	if r := b.send(t, "POST "+functions, creation(t, "f", `"Tags":{"Team":"red"}`)); r.status != 201 {
		t.Fatal(r.body)
	}
	arn := prefix + "function:f"
	for condition, want := range map[string]int{
		`"StringEquals":{"aws:ResourceTag/team":"red"}`:            200,
		`"StringEquals":{"aws:ResourceTag/team":"blue"}`:           403,
		`"ArnLike":{"lambda:FunctionArn":"` + prefix + `*:f"}`:     200,
		`"ArnLike":{"lambda:FunctionArn":"` + prefix + `*:g"}`:     403,
		`"StringEquals":{"aws:ResourceAccount":"` + account + `"}`: 200,
		`"Null":{"aws:TagKeys":"true","lambda:Principal":"true"}`:  200,
		`"StringEquals":{"aws:RequestTag/a":"1"}`:                  403,
		`"StringEquals":{"aws:RequestedRegion":"` + region + `"}`:  200,
	} {
		b.As(app(t, `{"Effect":"Allow","Action":"lambda:Get*","Resource":"`+arn+`","Condition":{`+condition+`}}`))
		if r := b.send(t, "GET "+functions+"/f", ""); r.status != want {
			t.Errorf("%s: %d %s", condition, r.status, r.body)
		}
	}
	b.As(app(t, `{"Effect":"Allow","Action":"lambda:TagResource","Resource":"*","Condition":{"StringEquals":{"aws:RequestTag/a":"1"},"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}},
		{"Effect":"Allow","Action":"lambda:UntagResource","Resource":"*","Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}}`))
	for _, c := range []struct {
		at, body string
		want     int
	}{
		{"POST ", `{"Tags":{"a":"1","b":"2"}}`, 204}, {"POST ", `{"Tags":{"a":"2"}}`, 403}, {"POST ", `{"Tags":{"a":"1","c":"2"}}`, 403},
		{"DELETE ?tagKeys=a", "", 204}, {"DELETE ?tagKeys=b", "", 403},
	} {
		method, query, _ := strings.Cut(c.at, " ")
		if r := b.send(t, method+" /2017-03-31/tags/"+arn+query, c.body); r.status != c.want {
			t.Errorf("%s %s: %d %s", c.at, c.body, r.status, r.body)
		}
	}
}

// TestCallerInAnotherAccount needs leave from the policy of what it names.
func TestCallerInAnotherAccount(t *testing.T) {
	b := newBench(t)
	b.create(t, "f")
	b.As(iam.NewRoot("111122223333", region, "AKIAOTHER"))
	b.refuses(t, "POST "+functions+"/"+prefix+"function:f/invocations", "{}", 403, "AccessDeniedException",
		`{"Message":"User: arn:aws:iam::111122223333:root is not authorized to perform: lambda:InvokeFunction on resource: `+prefix+`function:f because no resource-based policy allows the lambda:InvokeFunction action"}`)
	b.grant(t, "f", "", `{"Sid":"s","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"lambda:InvokeFunction","Resource":"`+prefix+`function:f"}`)
	if r := b.send(t, "POST "+functions+"/"+prefix+"function:f/invocations", "{}"); r.status != 200 {
		t.Errorf("with leave: %d %s", r.status, r.body)
	}
	if r := b.send(t, "POST "+functions+"/"+prefix+"function:f:$LATEST/invocations", "{}"); r.status != 403 {
		t.Errorf("the leave is for the function without a qualifier: %d %s", r.status, r.body)
	}
}

// grant adds a statement to the policy of a function's qualifier.
func (b *bench) grant(t *testing.T, name, qualifier, statement string) {
	t.Helper()
	err := b.Store.Update(t.Context(), func(tx *store.Tx) error {
		f, err := tx.Function(function.Ref{Region: region, Account: account, Name: name})
		if err != nil {
			return err
		}
		return tx.AddPermission(f, qualifier, "s", statement)
	})
	if err != nil {
		t.Fatal(err)
	}
}
