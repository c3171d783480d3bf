package trial

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/authoring/api"
)

func valueOf(text string) *value {
	return newValue(api.Value{Text: &text})
}

// TestRisks says what cannot be made as it was, and only that.
func TestRisks(t *testing.T) {
	const login = `{"host":"db","username":"app","password":"p"`
	for _, c := range []struct {
		value, previous, tag string
		want                 string // of the risk, "" for none
	}{
		{login + `}`, "", "", ""},
		{login + `,"port":"5432"}`, login + `}`, "", ""},
		{`{"key":"made up by a service"}`, "", "", "no username and password"},
		{`{"username":"app"}`, "", "", "no username and password"},
		{`not JSON`, "", "", "no username and password"},
		{login + `,"masterarn":"arn"}`, "", "", "a second user"},
		{login + `}`, "", "arn", "a second user"},
		{login + `,"masterarn":"arn"}`, login + `}`, "", "a second user"},
		{login + `,"masterarn":"arn"}`, `{"host":"db","username":"app_clone","password":"q"}`, "", ""},
		{login + `,"masterarn":"arn"}`, `{"host":"elsewhere","username":"app_clone","password":"q"}`, "", "a second user"},
	} {
		o := original{name: "app/db", value: *valueOf(c.value)}
		if c.previous != "" {
			o.previous = valueOf(c.previous)
		}
		if c.tag != "" {
			o.tags = []api.Tag{{Key: masterTag, Value: c.tag}}
		}
		o.master = o.administrator()
		risks := strings.Join(o.risks(), "; ")
		if (risks == "") != (c.want == "") || !strings.Contains(risks, c.want) {
			t.Errorf("%s, before %q, tag %q: %q, want %q", c.value, c.previous, c.tag, risks, c.want)
		}
	}
}

func TestAccount(t *testing.T) {
	for text, want := range map[string]string{
		`{"host":"db","port":5432,"username":"app"}`:   `user "app" at db:5432`,
		`{"host":"db","port":"5432","username":"app"}`: `user "app" at db:5432`,
		`{"host":"db","username":"app"}`:               `user "app" at db`,
		`{"username":"app"}`:                           `user "app"`,
		`secret`:                                       "what app/db is for",
	} {
		if got := (original{name: "app/db", value: *valueOf(text)}).account(); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestPolicy gives a function the copy and its administrator's secret, and nothing
// that is the original's.
func TestPolicy(t *testing.T) {
	for _, c := range []struct {
		runtime, master, want string
	}{
		{"python3.12", "", `{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Resource":"copy","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue","secretsmanager:PutSecretValue","secretsmanager:UpdateSecretVersionStage"]},` +
			`{"Effect":"Allow","Resource":"*","Action":["secretsmanager:GetRandomPassword"]}]}`},
		{"provided.al2023", "admin", `{"Version":"2012-10-17","Statement":[` +
			`{"Effect":"Allow","Resource":"copy","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue","secretsmanager:PutSecretValue","secretsmanager:UpdateSecretVersionStage","secretsmanager:ListSecretVersionIds"]},` +
			`{"Effect":"Allow","Resource":"*","Action":["secretsmanager:GetRandomPassword"]},` +
			`{"Effect":"Allow","Resource":"admin","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue"]}]}`},
	} {
		if got, err := json.Marshal(policyFor("copy", c.master, c.runtime)); err != nil || string(got) != c.want {
			t.Errorf("%s: %v\n%s", c.runtime, err, got)
		}
	}
}

// TestAttempts reads how a rotation stands from what the server tells.
func TestAttempts(t *testing.T) {
	ok := func(name string) step { return step{Step: name} }
	bad := func(name string) step { return step{Step: name, Error: "no"} }
	for _, c := range []struct {
		name       string
		state      string
		steps      []step
		first      int
		over, told bool
		failure    string // of one that is over, "" for none
	}{
		{"not there", "", nil, 0, false, false, ""},
		{"at createSecret", "running", nil, 0, false, false, ""},
		{"createSecret failed", "running", []step{bad("createSecret")}, 1, true, false, "createSecret failed"},
		{"at setSecret", "running", []step{ok("createSecret")}, 1, false, true, ""},
		{"setSecret failed", "running", []step{ok("createSecret"), bad("setSecret")}, 2, true, true, "setSecret failed"},
		{"retried, at setSecret", "running", []step{bad("createSecret"), ok("createSecret")}, 1, true, true, "createSecret failed"},
		{"out of attempts", "failed", []step{bad("createSecret")}, 1, true, false, "createSecret failed"},
		{"cancelled by somebody", "cancelled", []step{ok("createSecret")}, 1, true, true, "the rotation of the copy was cancelled"},
		{"done", "succeeded", []step{ok("createSecret"), ok("setSecret"), ok("testSecret"), ok("finishSecret")}, 4, true, true, ""},
	} {
		r := rotation{History: []attempts{{VersionID: "other", State: "succeeded"}, {VersionID: "this", State: c.state, Steps: c.steps}}}
		a := r.of("this")
		if len(a.first()) != c.first || a.over() != c.over || a.told() != c.told {
			t.Errorf("%s: %d steps of the first attempt, over %v, told %v", c.name, len(a.first()), a.over(), a.told())
		}
		if err := a.failure(); a.over() && (err == nil) != (c.failure == "") || err != nil && a.over() && err.Error() != c.failure {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if a := (rotation{}).of("this"); a.over() || a.told() {
		t.Error("a rotation that there is not is over")
	}
}

// TestReason keeps passwords out of what functions say, even where it is cut.
func TestReason(t *testing.T) {
	tr := &trial{}
	tr.seen.SawValue(valueOf(`{"username":"app","password":"hush-hush-1"}`).secret())
	long := strings.Repeat("x", shownText-4)
	for payload, want := range map[string]string{
		`{"errorType":"E","errorMessage":"no\n  hush-hush-1"}`: "E: no [redacted]",
		`{"errorMessage":"no"}`:                                "the function failed: no",
		`"hush-hush-1"`:                                        `the function failed: "[redacted]"`,
		`{"errorType":"E","errorMessage":"` + long + `hush-hush-1 and more"}`: "E: " + long + "[red…",
	} {
		if got := tr.reason([]byte(payload)); got != want {
			t.Errorf("%s: %s", payload, got)
		}
	}
	lines := tr.lastLines("YQoKIGh1c2gtaHVzaC0xCg==") // "a\n\n hush-hush-1\n"
	if !slices.Equal(lines, []string{"log: a", "log: [redacted]"}) || tr.lastLines("!") != nil {
		t.Errorf("lines: %q", lines)
	}
}
