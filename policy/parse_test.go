package policy_test

import (
	"errors"
	"testing"

	"github.com/alberti-dev/alberti/policy"
)

const broken = "Syntax errors in policy."

// TestParseRefuses is iam-kms.md, 1.1 and 1.2.
func TestParseRefuses(t *testing.T) {
	const rest = `"Effect":"Allow","Action":"*","Resource":"*"}}`
	const who = `{"Statement":{"Principal":`
	for text, want := range map[string]struct {
		kind    policy.Kind
		problem policy.Problem
		text    string
	}{
		``:                                {policy.Identity, policy.Syntax, "This policy contains invalid Json"},
		`{`:                               {policy.Identity, policy.Syntax, "This policy contains invalid Json"},
		`{} {}`:                           {policy.Identity, policy.Syntax, "This policy contains invalid Json"},
		`{"Id":"a","Id":"b"}`:             {policy.Resource, policy.Syntax, "This policy contains invalid Json"},
		`{"Id":"☃"}`:                      {policy.Resource, policy.Syntax, "This policy contains invalid Json"},
		`{"Id":"\u0000"}`:                 {policy.Resource, policy.Syntax, "This policy contains invalid Json"},
		`[]`:                              {policy.Identity, policy.Syntax, broken},
		`"x"`:                             {policy.Identity, policy.Syntax, broken},
		`{}`:                              {policy.Identity, policy.Syntax, broken},
		`{"Statement":[]}`:                {policy.Identity, policy.Syntax, broken},
		`{"Statement":"x"}`:               {policy.Identity, policy.Syntax, broken},
		`{"Other":1,"Statement":{` + rest: {policy.Identity, policy.Syntax, broken},
		`{"Id":"a","Statement":{` + rest:  {policy.Identity, policy.Syntax, broken},
		`{"Version":"2020-01-01","Statement":{` + rest:                      {policy.Identity, policy.Syntax, broken},
		`{"Version":2012,"Statement":{` + rest:                              {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Extra":1,` + rest:                                   {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Sid":"a b",` + rest:                                 {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":[],` + rest:                              {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":{"StringEqual":{}},` + rest:              {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":{"stringEquals":{}},` + rest:             {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":{"NullIfExists":{}},` + rest:             {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":{"ForAnyValue:Null":{}},` + rest:         {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":{"StringEquals":{"a:b":{}}},` + rest:     {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":{"StringEquals":{"a:b":[null]}},` + rest: {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Condition":{"StringEquals":"x"},` + rest:            {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}`:      {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Action":"*","Resource":"*"}}`:                       {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"NotAction":"*",` + rest:                             {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"NotResource":"*",` + rest:                           {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Effect":"Allow","Resource":"*"}}`:                   {policy.Identity, policy.Syntax, "Policy statement must contain actions."},
		`{"Statement":{"Effect":"Allow","Action":[],"Resource":"*"}}`:       {policy.Identity, policy.Syntax, "Policy statement must contain actions."},
		`{"Statement":{"Effect":"Allow","Action":"Get","Resource":"*"}}`:    {policy.Identity, policy.Syntax, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		`{"Statement":{"Effect":"Allow","Action":"a:b:c","Resource":"*"}}`:  {policy.Identity, policy.Syntax, "Actions/Condition can contain only one colon."},
		`{"Statement":{"Effect":"Allow","Action":"a*:b","Resource":"*"}}`:   {policy.Identity, policy.Syntax, "Vendor a* is not valid"},
		`{"Statement":{"Effect":"Allow","Action":"a:","Resource":"*"}}`:     {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Effect":"Allow","Action":5,"Resource":"*"}}`:        {policy.Identity, policy.Syntax, broken},
		`{"Statement":{"Effect":"Allow","Action":"*"}}`:                     {policy.Identity, policy.Syntax, "Policy statement must contain resources."},
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"db"}}`:     {policy.Identity, policy.Syntax, `Resource db must be in ARN format or "*".`},
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:A:s:x"}}`: {policy.Identity, policy.Syntax,
			`Partition "A" is not valid for resource "arn:A:s:x".`},
		`{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s*:x"}}`: {policy.Identity, policy.Syntax,
			"Resource vendor must be fully qualified and cannot contain regexes."},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s:${a:b}:1:x"}}`:  {policy.Identity, policy.Syntax, broken},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s:r:1:${a:b"}}`:   {policy.Identity, policy.Syntax, broken},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s:r:1:${}"}}`:     {policy.Identity, policy.Syntax, broken},
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s:r:1:${a, b}"}}`: {policy.Identity, policy.Syntax, broken},
		`{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"*","Resource":"*"}]}`: {
			policy.Identity, policy.Syntax, "Statement IDs (SID) in a single policy must be unique."},
		who + `"*",` + rest:                    {policy.Identity, policy.Syntax, "Policy document should not specify a principal."},
		`{"Statement":{` + rest:                {policy.Resource, policy.Syntax, broken},
		who + `"111111111111",` + rest:         {policy.Resource, policy.Syntax, broken},
		who + `{"AWS":5},` + rest:              {policy.Resource, policy.Syntax, broken},
		who + `{"Aws":"*"},` + rest:            {policy.Resource, policy.Syntax, broken},
		who + `"*","NotPrincipal":"*",` + rest: {policy.Resource, policy.Syntax, broken},
		who + `{},` + rest:                     {policy.Resource, policy.UnsupportedPrincipal, "Invalid principal in policy: The passed in policy has a statement with no principals!"},
		who + `{"AWS":[]},` + rest:             {policy.Resource, policy.UnsupportedPrincipal, "Invalid principal in policy: The passed in policy has a statement with no principals!"},
		who + `{"AWS":"bob"},` + rest:          {policy.Resource, policy.UnsupportedPrincipal, `Invalid principal in policy: "AWS":"bob"`},
		who + `{"AWS":"arn:aws:iam::111111111111:role/*"},` + rest: {policy.Resource, policy.UnsupportedPrincipal,
			`Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:role/*"`},
		who + `{"AWS":"arn:aws:iam::111111111111:group/g"},` + rest: {policy.Resource, policy.UnsupportedPrincipal,
			`Invalid principal in policy: "AWS":"arn:aws:iam::111111111111:group/g"`},
		who + `{"AWS":"arn:aws:iam::1:root"},` + rest:                                   {policy.Resource, policy.UnsupportedPrincipal, `Invalid principal in policy: "AWS":"arn:aws:iam::1:root"`},
		who + `{"CanonicalUser":"ab"},` + rest:                                          {policy.Resource, policy.UnsupportedPrincipal, `Invalid principal in policy: "CanonicalUser":"ab"`},
		who + `{"Federated":"x"},` + rest:                                               {policy.Resource, policy.UnsupportedPrincipal, `Invalid principal in policy: "Federated":"x"`},
		who + `{"Service":"*"},` + rest:                                                 {policy.Resource, policy.UnsupportedService, `Invalid principal in policy: "SERVICE":"*"`},
		who + `{"Service":"lambda"},` + rest:                                            {policy.Resource, policy.UnsupportedService, `Invalid principal in policy: "SERVICE":"lambda"`},
		who + `"*",` + rest[:len(rest)-1] + ` }`:                                        {policy.Trust, policy.Syntax, "Has prohibited field Resource."},
		`{"Statement":{"NotPrincipal":"*","Effect":"Allow","Action":"sts:AssumeRole"}}`: {policy.Trust, policy.Syntax, broken},
	} {
		d, err := policy.Parse(text, want.kind)
		var e *policy.Error
		if !errors.As(err, &e) || e.Problem != want.problem || e.Text != want.text {
			t.Errorf("%s: got %+v, %v\nwant %s", text, d, err, want.text)
		}
	}
}

func TestParseAccepts(t *testing.T) {
	const rest = `"Effect":"Allow","Action":"*","Resource":"*"}}`
	for text, kind := range map[string]policy.Kind{
		"\t{ \"Statement\" : [ {" + rest[:len(rest)-2] + "\r\n} ] } ":                                                                  policy.Identity,
		`{"Version":"2008-10-17","Statement":{"Sid":"a",` + rest:                                                                       policy.Identity,
		`{"Version":"2012-10-17","Id":"of é","Statement":{"Sid":"Allow use","Principal":"*",` + rest:                                   policy.Resource,
		`{"Statement":{"Principal":{"AWS":["111111111111","arn:aws:iam::111111111111:root"]},` + rest:                                  policy.Resource,
		`{"Statement":{"Principal":{"AWS":"arn:aws:iam::111111111111:user/a/b.c@d"},` + rest:                                           policy.Resource,
		`{"Statement":{"Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/r/s"},` + rest:                                       policy.Resource,
		`{"Statement":{"Principal":{"AWS":"arn:aws:sts::111111111111:federated-user/f"},` + rest:                                       policy.Resource,
		`{"Statement":{"Principal":{"AWS":"*","Service":["ec2.amazonaws.com"]},` + rest:                                                policy.Resource,
		`{"Statement":{"NotPrincipal":{"AWS":"111111111111"},` + rest:                                                                  policy.Resource,
		`{"Statement":{"Principal":{"Federated":"accounts.google.com"},"Effect":"Allow","Action":"sts:AssumeRole*"}}`:                  policy.Trust,
		`{"Statement":{"Condition":{"Bool":{"a:b":true},"NumericEquals":{"c":[1,"2"]}},` + rest:                                        policy.Identity,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":["s3:*"],"NotResource":["arn:aws:s3:::${aws:username}/*"]}}`: policy.Identity,
	} {
		if _, err := policy.Parse(text, kind); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
