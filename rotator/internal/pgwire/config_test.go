package pgwire

import (
	"reflect"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestEnvironment wants nothing on this machine to have a say in a login.
func TestEnvironment(t *testing.T) {
	clean := parsed(t)
	for name, text := range map[string]string{
		"PGHOST": "elsewhere.invalid", "PGPORT": "1,2", "PGUSER": "stranger", "PGPASSWORD": "wrong", "PGDATABASE": "elsewhere",
		"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere", "PGSSLCERT": "/nowhere", "PGSSLKEY": "/nowhere",
		"PGSSLNEGOTIATION": "direct", "PGSSLCERTMODE": "require", "PGOPTIONS": "-c role=nobody", "PGCONNECT_TIMEOUT": "never",
		"PGTARGETSESSIONATTRS": "standby", "PGCHANNELBINDING": "require", "PGREQUIREAUTH": "none", "PGMINPROTOCOLVERSION": "3.2",
		"PGMAXPROTOCOLVERSION": "latest", "PGTZ": "Nowhere/Else", "PGKRBSRVNAME": "elsewhere", "PGAPPNAME": "stranger",
	} {
		t.Setenv(name, text)
	}
	if dirty := parsed(t); !reflect.DeepEqual(dirty, clean) {
		t.Errorf("the environment made\n%+v\nof\n%+v", dirty, clean)
	}
}

// parsed gives what a configuration says, without the functions, which cannot be
// compared, and without what the credential says in its place.
func parsed(t *testing.T) pgx.ConnConfig {
	t.Helper()
	parsed, err := parseConfig()
	if err != nil {
		t.Fatal(err)
	}
	if parsed.ValidateConnect != nil || parsed.AfterConnect != nil || parsed.OAuthTokenProvider != nil {
		t.Errorf("the configuration has functions of its own: %+v", parsed)
	}
	c := *parsed
	c.User, c.Password, c.Database = "", "", ""
	c.DialFunc, c.LookupFunc, c.BuildFrontend, c.BuildContextWatcherHandler = nil, nil, nil, nil
	c.AfterNetConnect, c.OnNotice, c.OnNotification, c.OnPgError = nil, nil, nil, nil
	return c
}
