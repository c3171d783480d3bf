package awsjson

import (
	"strings"
	"testing"

	"github.com/alberti-dev/alberti/fault"
)

const (
	violated   = " failed to satisfy constraint: "
	noNull     = "Member must not be null"
	tokenRules = "Member must satisfy regular expression pattern: ^[a-zA-Z0-9\\-]+$"
)

func atMost(n string) string  { return "Member must have length less than or equal to " + n }
func atLeast(n string) string { return "Member must have length greater than or equal to " + n }

func TestCheck(t *testing.T) {
	token := strings.Repeat("t", 32)
	long := strings.Repeat("é", 513)
	name := ptr("n")
	tests := map[string]struct {
		operation string
		input     any
		failures  []string // none for a good input
	}{
		"good":                {"GetSecretValue", &getSecretValueInput{SecretID: "a", VersionID: &token}, nil},
		"required":            {"GetSecretValue", &getSecretValueInput{}, []string{"Value null at 'secretId'" + violated + noNull}},
		"too long":            {"GetSecretValue", &getSecretValueInput{SecretID: strings.Repeat("x", 2049)}, []string{"Value '" + strings.Repeat("x", 2049) + "' at 'secretId'" + violated + atMost("2048")}},
		"too short":           {"GetSecretValue", &getSecretValueInput{SecretID: "a", VersionID: ptr("v1")}, []string{"Value 'v1' at 'versionId'" + violated + atLeast("32")}},
		"empty is not absent": {"GetSecretValue", &getSecretValueInput{SecretID: "a", VersionStage: ptr("")}, []string{"Value '' at 'versionStage'" + violated + atLeast("1")}},
		"several": {"GetSecretValue", &getSecretValueInput{VersionID: ptr(""), VersionStage: ptr("")}, []string{
			"Value null at 'secretId'" + violated + noNull,
			"Value '' at 'versionId'" + violated + atLeast("32"),
			"Value '' at 'versionStage'" + violated + atLeast("1"),
		}},

		"characters, not bytes":     {"CreateSecret", &createSecretInput{Name: ptr(strings.Repeat("é", 512))}, nil},
		"too many characters":       {"CreateSecret", &createSecretInput{Name: &long}, []string{"Value '" + long + "' at 'name'" + violated + atMost("512")}},
		"an idempotency token":      {"CreateSecret", &createSecretInput{Name: name, ClientRequestToken: "short"}, []string{"Value 'short' at 'clientRequestToken'" + violated + atLeast("32")}},
		"largest secret":            {"CreateSecret", &createSecretInput{Name: name, SecretString: NewSensitive(strings.Repeat("é", 65536))}, nil},
		"secret too long":           {"CreateSecret", &createSecretInput{Name: name, SecretString: NewSensitive(strings.Repeat("s", 65537))}, []string{"Value '***' at 'secretString'" + violated + atMost("65536")}},
		"secret empty":              {"CreateSecret", &createSecretInput{Name: name, SecretString: NewSensitive("")}, []string{"Value '***' at 'secretString'" + violated + atLeast("1")}},
		"blob in bytes":             {"CreateSecret", &createSecretInput{Name: name, SecretBinary: NewSensitiveBlob(make([]byte, 65537))}, []string{"Value '***' at 'secretBinary'" + violated + atMost("65536")}},
		"blob empty":                {"CreateSecret", &createSecretInput{Name: name, SecretBinary: NewSensitiveBlob([]byte{})}, []string{"Value '***' at 'secretBinary'" + violated + atLeast("1")}},
		"elements of structures":    {"CreateSecret", &createSecretInput{Name: name, Tags: []tag{{}, {Key: ptr(""), Value: ptr("")}}}, []string{"Value '' at 'tags.2.member.key'" + violated + atLeast("1")}},
		"elements behind pointers":  {"CreateSecret", &createSecretInput{Name: name, AddReplicaRegions: []*replicaRegion{nil, {Region: "Berlin"}}}, []string{"Value 'Berlin' at 'addReplicaRegions.2.member.region'" + violated + `Member must satisfy regular expression pattern: ^([a-z]+-)+\d+$`}},
		"empty list":                {"CreateSecret", &createSecretInput{Name: name, AddReplicaRegions: []*replicaRegion{}}, []string{"Value '[]' at 'addReplicaRegions'" + violated + atLeast("1")}},
		"sensitive with a pattern":  {"PutSecretValue", &putSecretValueInput{SecretID: "a", RotationToken: NewSensitive("a b")}, []string{"Value '***' at 'rotationToken'" + violated + atLeast("36"), "Value '***' at 'rotationToken'" + violated + tokenRules}},
		"elements of another sort":  {"PutSecretValue", &putSecretValueInput{SecretID: "a", VersionStages: []string{"ok", "", ""}}, []string{"Value '[ok, , ]' at 'versionStages'" + violated + "Member must satisfy constraint: [" + atMost("256") + ", " + atLeast("1") + "]"}},
		"the character U+0000":      {"GetSecretValue", &getSecretValueInput{SecretID: "a", VersionStage: ptr("a\x00b")}, []string{"Value 'a\x00b' at 'versionStage'" + violated + "Member must not contain the character U+0000"}},
		"U+0000 in a value":         {"CreateSecret", &createSecretInput{Name: name, SecretString: NewSensitive("\x00")}, nil},
		"number too big":            {"ListSecrets", &listSecretsInput{MaxResults: ptr[int32](101)}, []string{"Value '101' at 'maxResults'" + violated + "Member must have value less than or equal to 100"}},
		"number too small":          {"ListSecrets", &listSecretsInput{MaxResults: ptr[int32](0)}, []string{"Value '0' at 'maxResults'" + violated + "Member must have value greater than or equal to 1"}},
		"enum":                      {"ListSecrets", &listSecretsInput{SortOrder: "up"}, []string{"Value 'up' at 'sortOrder'" + violated + "Member must satisfy enum value set: [asc, desc]"}},
		"enum in a list":            {"ListSecrets", &listSecretsInput{Filters: []filter{{Key: "invalid", Values: []string{"x"}}}}, []string{"Value 'invalid' at 'filters.1.member.key'" + violated + "Member must satisfy enum value set: [description, name, tag-key, tag-value, primary-region, owning-service, all]"}},
		"list in a list":            {"ListSecrets", &listSecretsInput{Filters: []filter{{Values: []string{"a;b"}}}}, []string{"Value '[a;b]' at 'filters.1.member.values'" + violated + "Member must satisfy constraint: [" + atMost("512") + `, Member must satisfy regular expression pattern: ^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$]`}},
		"too many structures":       {"ListSecrets", &listSecretsInput{Filters: make([]filter, 11)}, []string{"Value '[" + strings.Repeat("Filter(key=, values=[]), ", 10) + "Filter(key=, values=[])]' at 'filters'" + violated + atMost("10")}},
		"in a structure":            {"RotateSecret", &rotateSecretInput{SecretID: "a", RotationRules: &rotationRules{AutomaticallyAfterDays: ptr[int64](1001)}}, []string{"Value '1001' at 'rotationRules.automaticallyAfterDays'" + violated + "Member must have value less than or equal to 1000"}},
		"pattern without anchors":   {"RotateSecret", &rotateSecretInput{SecretID: "a", RotationRules: &rotationRules{Duration: ptr("3hx")}}, []string{"Value '3hx' at 'rotationRules.duration'" + violated + "Member must satisfy regular expression pattern: [0-9]+h"}},
		"pattern ends at the end":   {"RotateSecret", &rotateSecretInput{SecretID: "a", RotationRules: &rotationRules{Duration: ptr("3h\n")}}, []string{"Value '3h\n' at 'rotationRules.duration'" + violated + "Member must satisfy regular expression pattern: [0-9]+h"}},
		"pattern holds":             {"RotateSecret", &rotateSecretInput{SecretID: "a", RotationRules: &rotationRules{Duration: ptr("12h"), ScheduleExpression: "cron(0 9 ? * MON#1 *)"}}, nil},
		"required list of nothing":  {"TagResource", &tagResourceInput{SecretID: "a"}, []string{"Value null at 'tags'" + violated + noNull}},
		"required list, but empty ": {"TagResource", &tagResourceInput{SecretID: "a", Tags: []tag{}}, nil},
	}
	m := testModel(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := m.Check(test.operation, test.input)
			if len(test.failures) == 0 {
				if err != nil {
					t.Error(err)
				}
				return
			}
			want := map[int]string{1: "1 validation error", 2: "2 validation errors", 3: "3 validation errors"}[len(test.failures)] +
				" detected: " + strings.Join(test.failures, "; ")
			if got := fault.Message(err); got != want || fault.KindOf(err) != fault.Validation {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

// TestCheckWantsNoIdempotencyToken: SDKs make it up, and its operation has its
// own answer for those who do not.
func TestCheckWantsNoIdempotencyToken(t *testing.T) {
	m, err := ParseModel([]byte(`{"operations":{"Op":{"input":{"shape":"In"}}},"shapes":{"Text":{"type":"string"},
		"In":{"type":"structure","required":["Token"],"members":{"Token":{"shape":"Text","idempotencyToken":true}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	in := &struct {
		Token string `json:"Token"`
	}{}
	if err := m.Check("Op", in); err != nil {
		t.Error(err)
	}
}

func TestCheckRefusesWhatItCannotWalk(t *testing.T) {
	m := testModel(t)
	for name, err := range map[string]error{
		"unknown operation": m.Check("StealSecret", &getSecretValueInput{}),
		"unknown member":    m.Check("DeleteSecret", &getSecretValueInput{}),
		"clear secret":      m.Check("CreateSecret", &struct{ SecretString string }{}),
		"nil":               m.Check("GetSecretValue", nil),
		"nil pointer":       m.Check("GetSecretValue", (*getSecretValueInput)(nil)),
	} {
		if err == nil || fault.KindOf(err) != fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCheckTersely leaves out what IAM leaves out, and reads the numbers of
// characters in patterns as AWS writes them.
func TestCheckTersely(t *testing.T) {
	m, err := ParseModel([]byte(`{"operations":{"Op":{"input":{"shape":"In"}}},"shapes":{
		"In":{"type":"structure","members":{"Status":{"shape":"Status"},"Text":{"shape":"Text"}}},
		"Status":{"type":"string","enum":["Active","Inactive"]},
		"Text":{"type":"string","pattern":"[\\u0009\\u0020-\\u00FF\\u10000-\\u10FFFF]+"}}}`))
	if err != nil {
		t.Fatal(err)
	}
	m.Terse = true
	type in struct {
		Status string `json:"Status"`
		Text   string `json:"Text"`
	}
	if err := m.Check("Op", &in{"Active", "\tü😀"}); err != nil {
		t.Error(err)
	}
	const want = "2 validation errors detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set; " +
		`Value at 'text' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u0020-\u00FF\u10000-\u10FFFF]+`
	if err := m.Check("Op", &in{"Idle", "Ā"}); fault.Message(err) != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}
