package secretsmanager_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// FuzzRequest: whatever comes over the wire, the answer is JSON, and a mistake
// is the client's and not ours.
func FuzzRequest(f *testing.F) {
	for _, operation := range slices.Sorted(maps.Keys(bodies)) {
		for _, id := range []string{"db", "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-a\u0000bcde", "a b"} {
			f.Add("secretsmanager."+operation, strings.ReplaceAll(fmt.Sprintf(bodies[operation], id), "$v", token("v")))
		}
	}
	for _, seed := range [][2]string{
		{"", ""}, {"secretsmanager", "{}"}, {"secretsmanager.", "null"}, {".", "[]"}, {"alberti.ListRotations", `{"MaxResults":1}`},
		{"secretsmanager.CreateSecret", `{"Name":"new","ClientRequestToken":"` + token("v1") + `","SecretBinary":"AAE","Tags":[null,{}]}`},
		{"secretsmanager.CreateSecret", `{"Name":"n","Name":"m"}`},
		{"secretsmanager.ListSecrets", `{"Filters":[{"Key":"all","Values":["!a","B1c"]}],"SortBy":"name","NextToken":"AAAA"}`},
		{"secretsmanager.GetRandomPassword", `{"PasswordLength":1e3,"ExcludeCharacters":"\ud800"}`},
		{"secretsmanager.GetSecretValue", `{"SecretId":"db","VersionStage":"\u0000","VersionId":null,"\ufffe":{}}`},
		{"secretsmanager.RotateSecret", `{"SecretId":"db","ClientRequestToken":"` + token("v1") + `","RotationRules":{"ScheduleExpression":"cron(0 8 L * ? *)","Duration":"99h"}}`},
		{"secretsmanager.DeleteSecret", `{"SecretId":"db","RecoveryWindowInDays":9223372036854775807}`},
	} {
		f.Add(seed[0], seed[1])
	}
	b := newBench(f)
	b.create(f, "db", "one")
	f.Fuzz(func(t *testing.T, target, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header["X-Amz-Target"] = []string{target}
		w := httptest.NewRecorder()
		b.handler.ServeHTTP(w, r)
		var answer map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatalf("%d %q: %v", w.Code, w.Body, err)
		}
		code, failed := answer["__type"]
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest && w.Code != http.StatusRequestEntityTooLarge ||
			failed != (w.Code != http.StatusOK) || w.Header().Get("x-amzn-RequestId") == "" {
			t.Fatalf("%s %q is answered with %d %v: %s", target, body, w.Code, code, w.Body)
		}
	})
}
