package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alberti-dev/alberti/secret"
)

const description = `{"url": "https://api.example.com", "generate": "password", "requests": {
	"set": {"method": "PUT", "path": "/"}, "test": {"method": "GET", "path": "/"}}}`

// templates are AWS's own rotation functions, but those for Db2 and the frame that
// is to be written to the end, which doc/divergences.md explains.
const templates = `
	SecretsManagerActiveDirectoryAndKeytabRotationSingleUser SecretsManagerActiveDirectoryRotationSingleUser
	SecretsManagerElasticacheUserRotation
	SecretsManagerInfluxDBRotationMultiUser SecretsManagerInfluxDBRotationSingleUser
	SecretsManagerMongoDBRotationMultiUser SecretsManagerMongoDBRotationSingleUser
	SecretsManagerRDSMariaDBRotationMultiUser SecretsManagerRDSMariaDBRotationSingleUser
	SecretsManagerRDSMySQLRotationMultiUser SecretsManagerRDSMySQLRotationSingleUser
	SecretsManagerRDSOracleRotationMultiUser SecretsManagerRDSOracleRotationSingleUser
	SecretsManagerRDSPostgreSQLRotationMultiUser SecretsManagerRDSPostgreSQLRotationSingleUser
	SecretsManagerRDSSQLServerRotationMultiUser SecretsManagerRDSSQLServerRotationSingleUser
	SecretsManagerRedshiftRotationMultiUser SecretsManagerRedshiftRotationSingleUser`

// TestTemplates: configurations that name AWS's functions work as they are.
func TestTemplates(t *testing.T) {
	found, err := builtin(nil, Defaults(), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(templates) {
		if !invokable(t, found, name, "eu-west-1") {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestFunctionName picks functions as alberti rotation enable does.
func TestFunctionName(t *testing.T) {
	for _, c := range []struct{ engine, strategy, want string }{
		{"postgres", "alternating", "SecretsManagerRDSPostgreSQLRotationMultiUser"},
		{"timestream-influxdb", "single", "SecretsManagerInfluxDBRotationSingleUser"},
		{"timestream-influxdb", "alternating", "SecretsManagerInfluxDBRotationMultiUser"},
		{"influxdb", "alternating", "SecretsManagerInfluxDBRotationMultiUser"},
		{"ldap", "alternating", ""},
	} {
		if got, err := FunctionName(c.engine, c.strategy); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s, %s: %q, %v, want %q", c.engine, c.strategy, got, err, c.want)
		}
	}
}

// TestHTTPFunctions adds functions of the operator's, but none in the place of a
// built-in one.
func TestHTTPFunctions(t *testing.T) {
	for name, says := range map[string]string{
		"RotateMyAPI": "", "SecretsManagerMongoDBRotationSingleUser": "two rotation functions",
	} {
		c := Defaults()
		c.HTTPFunctions = t.TempDir()
		if err := os.WriteFile(filepath.Join(c.HTTPFunctions, name+".json"), []byte(description), 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := builtin(nil, c, time.Now)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
		if says == "" && !invokable(t, found, name, "eu-west-1") {
			t.Errorf("%s cannot be invoked", name)
		}
		if says == "" && invokable(t, found, name, "eu-west-2") {
			t.Errorf("%s can be invoked from another region", name)
		}
	}
	c := Defaults()
	c.HTTPFunctions = filepath.Join(t.TempDir(), "none")
	if _, err := builtin(nil, c, time.Now); err == nil {
		t.Error("a folder that is not there has functions")
	}
}

// invokable tells whether a function of eu-west-1 may be invoked for a secret of
// a region.
func invokable(t *testing.T, f functions, name, region string) bool {
	sec := &secret.Secret{ARN: secret.ARN{Account: "123456789012", Region: region}}
	ok, err := (&finder{builtin: f}).Invokable(nil, "arn:aws:lambda:eu-west-1:123456789012:function:"+name, sec)
	if err != nil {
		t.Error(err)
	}
	return ok
}
