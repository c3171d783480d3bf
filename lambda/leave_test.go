package lambda_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/iam"
)

// TestLeave: who has leave for nothing gets nothing from the operations on
// policies, aliases, layers and settings, and does not learn what there is.
func TestLeave(t *testing.T) {
	b := newBench(t)
	b.createWithAlias(t, "f")
	b.publishLayer(t, "l")
	content := base64.StdEncoding.EncodeToString(zipped(t, "a", "b"))
	b.As(iam.Caller{Type: iam.User, Account: account, Region: region, ARN: "arn:aws:iam::000000000000:user/bob", PrincipalID: "AIDABOB"})
	const grant = `{"StatementId":"s","Action":"lambda:GetLayerVersion","Principal":"*"}`
	for _, name := range []string{"f", "none"} {
		fn, at := prefix+"function:"+name, "/2015-03-31/functions/"+name
		for _, c := range []struct{ at, body, action, resource string }{
			{"POST " + at + "/policy?Qualifier=live", grant, "AddPermission", fn + ":live"},
			{"GET " + at + "/policy", "", "GetPolicy", fn},
			{"DELETE " + at + "/policy/s?Qualifier=1", "", "RemovePermission", fn + ":1"},
			{"POST " + at + "/aliases", `{"Name":"a","FunctionVersion":"1"}`, "CreateAlias", fn},
			{"GET " + at + "/aliases", "", "ListAliases", fn},
			{"GET " + at + "/aliases/live", "", "GetAlias", fn},
			{"PUT " + at + "/aliases/live", "{}", "UpdateAlias", fn},
			{"DELETE " + at + "/aliases/live", "", "DeleteAlias", fn},
			{"GET /2020-06-30/functions/" + name + "/code-signing-config", "", "GetFunctionCodeSigningConfig", fn},
			{"GET /2021-07-20/functions/" + name + "/runtime-management-config", "", "GetRuntimeManagementConfig", fn},
			{"PUT /2021-07-20/functions/" + name + "/runtime-management-config", `{"UpdateRuntimeOn":"Auto"}`, "PutRuntimeManagementConfig", fn},
			{"GET /2024-08-31/functions/" + name + "/recursion-config", "", "GetFunctionRecursionConfig", fn},
			{"PUT /2024-08-31/functions/" + name + "/recursion-config", `{"RecursiveLoop":"Allow"}`, "PutFunctionRecursionConfig", fn},
			{"GET /2019-09-25/functions/" + name + "/event-invoke-config", "", "GetFunctionEventInvokeConfig", fn},
			{"PUT /2019-09-25/functions/" + name + "/event-invoke-config", `{"MaximumRetryAttempts":1}`, "PutFunctionEventInvokeConfig", fn},
			{"POST /2019-09-25/functions/" + name + "/event-invoke-config", `{"MaximumRetryAttempts":1}`, "UpdateFunctionEventInvokeConfig", fn},
			{"DELETE /2019-09-25/functions/" + name + "/event-invoke-config", "", "DeleteFunctionEventInvokeConfig", fn},
			{"GET /2019-09-25/functions/" + name + "/event-invoke-config/list", "", "ListFunctionEventInvokeConfigs", fn},
		} {
			b.refuses(t, c.at, c.body, 403, "AccessDeniedException", withoutLeave(c.action, c.resource))
		}
	}
	for _, name := range []string{"l", "none"} {
		arn, at := prefix+"layer:"+name, layersPath+name+"/versions"
		for _, c := range []struct{ at, body, action, resource string }{
			{"POST " + at, `{"Content":{"ZipFile":"` + content + `"}}`, "PublishLayerVersion", arn},
			{"GET " + at, "", "ListLayerVersions", ""},
			{"GET /2018-10-31/layers", "", "ListLayers", ""},
			{"GET " + at + "/1", "", "GetLayerVersion", arn + ":1"},
			{"GET /2018-10-31/layers?find=LayerVersion&Arn=" + arn + ":1", "", "GetLayerVersion", arn + ":1"},
			{"DELETE " + at + "/1", "", "DeleteLayerVersion", arn + ":1"},
			{"POST " + at + "/1/policy", grant, "AddLayerVersionPermission", arn + ":1"},
			{"GET " + at + "/1/policy", "", "GetLayerVersionPolicy", arn + ":1"},
			{"DELETE " + at + "/1/policy/s", "", "RemoveLayerVersionPermission", arn + ":1"},
		} {
			b.refuses(t, c.at, c.body, 403, "AccessDeniedException", withoutLeave(c.action, c.resource))
		}
	}
}

// withoutLeave is the body of a refusal.
func withoutLeave(action, resource string) string {
	on := ""
	if resource != "" {
		on = " on resource: " + resource
	}
	return `{"Message":"User: arn:aws:iam::000000000000:user/bob is not authorized to perform: lambda:` + action + on +
		` because no identity-based policy allows the lambda:` + action + ` action"}`
}

// TestLayerIsNotAudited: the trail tells of a layer, and not what was in it.
func TestLayerIsNotAudited(t *testing.T) {
	b := newBench(t)
	content := base64.StdEncoding.EncodeToString([]byte("CANARY, and no zip"))
	if r := b.send(t, "POST "+layersPath+"tools-of-ours/versions", `{"Content":{"ZipFile":"`+content+`"}}`); r.status != 400 {
		t.Fatal(r)
	}
	files, err := filepath.Glob(filepath.Join(b.Dir, "audit", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var trail string
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		trail += string(text)
	}
	if !strings.Contains(trail, "tools-of-ours") || strings.Contains(trail, content) || strings.Contains(trail, "CANARY") {
		t.Errorf("the trail has %s", trail)
	}
}
