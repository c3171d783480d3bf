package redshift_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/alberti-dev/alberti/internal/pgtest"
	"github.com/alberti-dev/alberti/rotation/contract"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/rotator/redshift"
	"github.com/alberti-dev/alberti/rotator/rotatortest"
	"github.com/alberti-dev/alberti/secret"
)

// server is a PostgreSQL with views under the names of Redshift's: what the two
// have in common is proven there, users, groups, grants, settings and md5.
var server *pgtest.Server

// driftTables are what users get privileges on, in the suite and in TestDrift.
const driftTables = "; CREATE TABLE drift_0 (n int); CREATE TABLE drift_1 (n int)"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	server, err = pgtest.Start(context.Background(), pgtest.Options{
		TLS: true, NoSync: true, HBA: []string{"local all all trust", "host all all 127.0.0.1/32 md5"},
		Settings: map[string]string{"log_statement": "all", "max_connections": "200"},
	})
	if err == nil {
		defer server.Stop()
		super.conn, err = server.Admin(context.Background())
	}
	if err == nil {
		_, err = super.conn.Exec(context.Background(), views+driftTables, pgx.QueryExecModeSimpleProtocol)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer super.conn.Close(context.Background())
	return m.Run()
}

var super struct {
	sync.Mutex
	conn *pgx.Conn
}

// views are Redshift's as far as the engine reads them.
const views = `
CREATE VIEW svv_user_info AS SELECT rolname::text AS user_name, rolcreatedb AS createdb, false AS superuser,
  CASE WHEN rolconnlimit = -1 THEN 'UNLIMITED' ELSE rolconnlimit::text END AS connection_limit, 'RESTRICTED' AS syslog_access, 0 AS session_timeout FROM pg_roles;
CREATE TABLE svv_user_grants (user_name text, role_name text, admin_option bool);
CREATE VIEW acl AS SELECT 'D' AS k, '' AS s, datname::text AS o, '' AS c, datacl AS acl FROM pg_database
  UNION ALL SELECT 'S', '', nspname, '', nspacl FROM pg_namespace
  UNION ALL SELECT 'T', n.nspname, c.relname, '', c.relacl FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  UNION ALL SELECT 'C', n.nspname, c.relname, a.attname, a.attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace;
CREATE VIEW granted AS SELECT k, s, o, c, x.privilege_type, x.is_grantable, r.rolname::text AS who
  FROM acl, aclexplode(acl.acl) x JOIN pg_roles r ON r.oid = x.grantee WHERE r.rolcanlogin AND NOT r.rolsuper;
CREATE VIEW svv_database_privileges AS SELECT o AS database_name, privilege_type, 'DATABASE' AS privilege_scope,
  who AS identity_name, 'user' AS identity_type, is_grantable AS admin_option FROM granted WHERE k = 'D';
CREATE VIEW svv_schema_privileges AS SELECT o AS namespace_name, privilege_type, 'SCHEMA' AS privilege_scope,
  who AS identity_name, 'user' AS identity_type, is_grantable AS admin_option FROM granted WHERE k = 'S';
CREATE VIEW svv_relation_privileges AS SELECT s AS namespace_name, o AS relation_name, privilege_type,
  who AS identity_name, 'user' AS identity_type, is_grantable AS admin_option FROM granted WHERE k = 'T';
CREATE VIEW svv_column_privileges AS SELECT s AS namespace_name, o AS relation_name, c AS column_name, privilege_type,
  who AS identity_name, 'user' AS identity_type FROM granted WHERE k = 'C';`

// execute runs statements as the superuser.
func execute(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		query(t, s)
	}
}

// query gives the first column of a query's rows, line by line.
func query(t testing.TB, sql string) string {
	t.Helper()
	super.Lock()
	defer super.Unlock()
	rows, err := super.conn.Query(context.Background(), sql, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	lines, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (string, error) {
		values, err := r.Values()
		return fmt.Sprint(values[0]), err
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(lines, "\n")
}

func quote(name string) string   { return pgx.Identifier{name}.Sanitize() }
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
func reset(t testing.TB, user, password string) {
	execute(t, "ALTER USER "+quote(user)+" PASSWORD "+literal(password))
}

func newUser(t testing.TB, user, password string) {
	t.Helper()
	execute(t, "SET password_encryption = md5", "CREATE USER "+quote(user)+" PASSWORD "+literal(password))
}

func value(user, password string) map[string]any {
	return map[string]any{
		"engine": "redshift", "host": server.Host, "port": server.Port, "dbname": "postgres",
		"username": user, "password": password, "ssl": false,
	}
}

func with(v map[string]any, key string, to any) map[string]any {
	v = maps.Clone(v)
	v[key] = to
	return v
}

func login(t testing.TB, user, password string) error {
	return server.CanLogin(t.Context(), user, password, "postgres")
}

func alternating(t testing.TB, v map[string]any) *rotatortest.Subject {
	t.Helper()
	m := rotatortest.NewSecrets()
	master := rotatortest.New(t, m, "master", rotator.SingleUser, redshift.Engine{}, value(server.User, server.Password))
	name := fmt.Sprintf("alternating%d", subjects.Add(1)) // the mark of each is a group of its own
	return rotatortest.New(t, m, name, rotator.AlternatingUsers, redshift.Engine{}, with(v, "masterarn", master.ID))
}

var subjects atomic.Int64

func TestSuite(t *testing.T) {
	t.Parallel()
	rotatortest.Run(t, rotatortest.Harness{
		Engine: redshift.Engine{}, Value: value, User: newUser, Login: login, Reset: reset,
		Drop: func(t testing.TB, user string) {
			query(t, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = "+literal(user))
		},
		Admin: server.User, AdminPassword: server.Password,
		Limit: limit, Grant: grant, Revoke: revoke, Can: can,
		NotInPasswords: `/@"'\ `, ASCIIOnly: true,
	})
}

// rightsOf is what a user has, for comparing.
func rightsOf(t *testing.T, user string) string {
	t.Helper()
	u := literal(user)
	return query(t, `SELECT string_agg(line, E'\n' ORDER BY line) FROM (
SELECT concat_ws(' ', k, s, o, c, privilege_type, is_grantable) FROM granted WHERE who = `+u+`
UNION ALL SELECT 'group ' || groname FROM pg_group g JOIN pg_user u ON u.usesysid = ANY(g.grolist) WHERE u.usename = `+u+` AND groname NOT LIKE 'alberti%'
UNION ALL SELECT 'set ' || unnest(useconfig) FROM pg_user WHERE usename = `+u+`
UNION ALL SELECT concat_ws(' ', 'options', createdb, connection_limit) FROM svv_user_info WHERE user_name = `+u+`
UNION ALL SELECT 'until ' || valuntil FROM pg_user WHERE usename = `+u+`) x(line)`)
}

// TestLevel wants each of two users to be what the one in use is, whichever way
// rights went.
func TestLevel(t *testing.T) {
	t.Parallel()
	newUser(t, "level", "Right-Level-1")
	execute(t, `CREATE SCHEMA "le""vel"`, `CREATE TABLE "le""vel"."T; --" (a int, "b c" int)`, "CREATE TABLE level_t (a int, b int)",
		"CREATE GROUP level_a", `CREATE GROUP "level ""b"`, "CREATE DATABASE level_db",
		`ALTER USER level CREATEDB CONNECTION LIMIT 7 VALID UNTIL '2100-01-02 03:04:05'`, `ALTER USER level SET search_path TO '$user', "My ""Schema", public`,
		"ALTER USER level SET statement_timeout TO 5000", "ALTER GROUP level_a ADD USER level", `ALTER GROUP "level ""b" ADD USER level`,
		"GRANT CREATE, TEMPORARY ON DATABASE level_db TO level", `GRANT USAGE ON SCHEMA "le""vel" TO level WITH GRANT OPTION`,
		`GRANT SELECT, INSERT ON "le""vel"."T; --" TO level`, `GRANT SELECT ("b c"), UPDATE (a) ON "le""vel"."T; --" TO level`,
		"GRANT DELETE ON level_t TO level WITH GRANT OPTION")
	s := alternating(t, value("level", "Right-Level-1"))
	same := func(what string) {
		t.Helper()
		if a, b := rightsOf(t, "level"), rightsOf(t, "level_clone"); a != b {
			t.Errorf("%s: the original has\n%s\nthe clone\n%s", what, a, b)
		}
	}
	s.Rotate()
	same("made")
	if rights := rightsOf(t, "level_clone"); strings.Count(rights, "\n") < 13 {
		t.Errorf("this test shows nothing:\n%s", rights)
	}
	execute(t, `REVOKE SELECT ("b c"), INSERT ON "le""vel"."T; --" FROM level_clone`, "GRANT TRUNCATE ON level_t TO level_clone",
		"REVOKE GRANT OPTION FOR DELETE ON level_t FROM level_clone", "ALTER GROUP level_a DROP USER level_clone",
		"ALTER USER level_clone NOCREATEDB", "ALTER USER level_clone RESET statement_timeout", "ALTER USER level_clone CONNECTION LIMIT 8")
	s.Rotate()
	same("changed while the clone was in use")
	if rights := rightsOf(t, "level"); strings.Contains(rights, "INSERT") || !strings.Contains(rights, "TRUNCATE") || strings.Contains(rights, "level_a") {
		t.Errorf("the original has\n%s", rights)
	}
	execute(t, "GRANT UPDATE ON level_t TO level_clone", "ALTER GROUP level_a ADD USER level_clone") // not in use
	s.Rotate()
	same("given to the one that was not in use")
}

// TestOwners lets a user that exists be taken over, or forbids to make one.
func TestOwners(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"one", "one_clone", "two"} {
		newUser(t, user, "Right-Owner-1")
	}
	c := rotator.Credential{Host: server.Host, Port: server.Port, Username: server.User, Password: secret.Text(server.Password), Database: "postgres", TLS: rotator.TLSOff}
	session, err := redshift.Engine{}.Login(t.Context(), c, &contract.Report{})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, c := range []struct {
		from, arn string
		owner     rotator.Owner
		ok        bool
	}{
		{"one", "arn:one", rotator.Owner{}, false},
		{"one", "arn:one", rotator.Owner{Adopt: true}, true},
		{"one", "arn:one", rotator.Owner{Known: true}, true},
		{"one", "arn:one", rotator.Owner{Existing: true}, true},
		{"two", "arn:two", rotator.Owner{Existing: true}, false},
		{"two", "arn:two", rotator.Owner{}, true},
		{"two", "arn:two", rotator.Owner{}, true},
		{"two", "arn:other", rotator.Owner{}, false},
	} {
		c.owner.SecretARN = c.arn
		err := session.(rotator.Cloner).Clone(t.Context(), c.from, c.from+"_clone", secret.Text("New-Owner-1"), c.owner)
		if (err == nil) != c.ok {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// TestRules holds passwords against what Redshift wants of clear text.
func TestRules(t *testing.T) {
	t.Parallel()
	newUser(t, "rules", "Right-Rules-1")
	v := value("rules", "Right-Rules-1")
	for password, want := range map[string]bool{
		"Aa345678": true, "Aa34567": false, strings.Repeat("Aa1!", 16): true, strings.Repeat("Aa1!", 16) + "x": false,
		"aa345678": false, "AA345678": false, "Aaaaaaaa": false, "Aa34567 8": false, "Aa34567é": false, "Aa34567'": false, `Aa34567\`: false, "Aa34567@": false,
		"Aa1!#$%&()*+,-.:;<=>?[]^_`{|}~": true,
	} {
		s := rotatortest.New(t, rotatortest.NewSecrets(), "rules", rotator.SingleUser, redshift.Engine{}, v)
		s.Begin()
		s.Fill(with(v, "password", password))
		err := s.Step(secret.SetSecret)
		if errors.Is(err, contract.ErrUnacceptable) == want || want && err != nil {
			t.Errorf("%q: %v", password, err)
		}
		if want {
			v = with(v, "password", password)
			if err := login(t, "rules", password); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestServerLog looks for passwords in the log of a server that logs all statements.
func TestServerLog(t *testing.T) {
	t.Parallel()
	newUser(t, "logged", "Aa1-unlogged")
	s := alternating(t, value("logged", "Aa1-unlogged"))
	s.Rotate()
	s.Rotate()
	log := server.Log()
	if !strings.Contains(log, `ALTER USER "logged_clone" PASSWORD 'md5`) {
		t.Error("the log has no change: this test shows nothing")
	}
	for _, label := range []string{secret.Previous, secret.Current} {
		if _, password := s.Login(label); strings.Contains(log, password) {
			t.Error("the log holds a password")
		}
	}
}

// TestOddNames rotates users of hostile names, in turns.
func TestOddNames(t *testing.T) {
	t.Parallel()
	for _, user := range []string{"o'clock", `say "this"`, `back\slash\'`, `x"; DROP ROLE postgres; --`, "ünï 名前"} {
		newUser(t, user, "Right-Odd-1")
		s := alternating(t, value(user, "Right-Odd-1"))
		for range 2 {
			s.Rotate()
			now, password := s.Login(secret.Current)
			if err := login(t, now, password); err != nil {
				t.Errorf("%s: %v", now, err)
			}
		}
	}
}

// TestRoles has what PostgreSQL spells otherwise: the statement is Redshift's, and
// PostgreSQL refuses it.
func TestRoles(t *testing.T) {
	t.Parallel()
	newUser(t, "roles", "Right-Roles-1")
	execute(t, `INSERT INTO svv_user_grants VALUES ('roles', 'sys:"x', true)`)
	s := alternating(t, value("roles", "Right-Roles-1"))
	s.Begin()
	s.Run(secret.CreateSecret)
	err := s.Step(secret.SetSecret)
	if err == nil || !strings.Contains(err.Error(), `GRANT ROLE "sys:""x" TO "roles_clone" WITH ADMIN OPTION: ERROR`) {
		t.Errorf("%v", err)
	}
	if query(t, "SELECT count(*) FROM pg_user WHERE usename = 'roles_clone'") != "0" {
		t.Error("half a clone is left")
	}
}

// TestStatements are Redshift's for what PostgreSQL has not.
func TestStatements(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ scope, schema, object, column, give, take string }{
		{"DATABASE", "", "d", "", `GRANT p ON DATABASE "d" TO "u" WITH GRANT OPTION`, `REVOKE p ON DATABASE "d" FROM "u"`},
		{"TABLES", "", "d", "", `GRANT p FOR TABLES IN DATABASE "d" TO "u" WITH GRANT OPTION`, `REVOKE p FOR TABLES IN DATABASE "d" FROM "u"`},
		{"SCHEMA", "", "s", "", `GRANT p ON SCHEMA "s" TO "u" WITH GRANT OPTION`, `REVOKE p ON SCHEMA "s" FROM "u"`},
		{"SCHEMA FUNCTIONS", "", "s", "", `GRANT p FOR FUNCTIONS IN SCHEMA "s" TO "u" WITH GRANT OPTION`, `REVOKE p FOR FUNCTIONS IN SCHEMA "s" FROM "u"`},
		{"TABLE", "s", `t"`, "c", `GRANT p ("c") ON TABLE "s"."t""" TO "u" WITH GRANT OPTION`, `REVOKE p ("c") ON TABLE "s"."t""" FROM "u"`},
	} {
		if give, take := redshift.Grant("p", c.scope, c.schema, c.object, c.column, true, "u"); give != c.give || take != c.take {
			t.Errorf("%s\n%s", give, take)
		}
	}
}

// What the suite may want to do to a user.

func limit(t testing.TB, user string) { execute(t, "ALTER USER "+quote(user)+" CONNECTION LIMIT 0") }

func grant(t testing.TB, user string, n int) {
	execute(t, fmt.Sprintf("GRANT SELECT ON drift_%d TO %s", n, quote(user)))
}

func revoke(t testing.TB, user string, n int) {
	execute(t, fmt.Sprintf("REVOKE SELECT ON drift_%d FROM %s", n, quote(user)))
}

func can(t testing.TB, user, password string, n int) bool {
	conn, err := pgx.Connect(t.Context(), server.DSN(user, password, "postgres"))
	if err != nil {
		return false
	}
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), fmt.Sprintf("SELECT * FROM drift_%d", n))
	return err == nil
}

// TestReasons wants a limit to be called that, and a strange certificate.
func TestReasons(t *testing.T) {
	t.Parallel()
	newUser(t, "reasons", "Right-Reasons-1")
	newUser(t, "reasons_limit", "Right-Reasons-1")
	limit(t, "reasons_limit")
	for _, c := range []struct {
		change map[string]any
		want   rotator.Reason
	}{
		{nil, ""},
		{map[string]any{"username": "reasons_limit"}, rotator.LimitHit},
		{map[string]any{"password": "Wrong-1-1-1"}, rotator.Refused},
		{map[string]any{"dbname": "none"}, rotator.NoDatabase},
		{map[string]any{"ssl": true}, rotator.TLSFailed},
		{map[string]any{"ssl": true, "sslrootcert": string(server.CA)}, ""},
		{map[string]any{"ssl": true, "sslrootcert": string(server.CA), "sslservername": "elsewhere.example"}, rotator.TLSFailed},
	} {
		v := value("reasons", "Right-Reasons-1")
		maps.Copy(v, c.change)
		s := rotatortest.New(t, rotatortest.NewSecrets(), "reasons", rotator.SingleUser, redshift.Engine{}, v)
		s.Begin()
		s.Fill(v) // the password that is in force: nothing changes
		err := s.Step(secret.SetSecret)
		var failed *rotator.LoginError
		if c.want == "" && err != nil || c.want != "" && (!errors.As(err, &failed) || failed.Reason != c.want) {
			t.Errorf("%v: %v", c.change, err)
		}
	}
}

// TestOneAccount has names that the server folds: they are one user's, which is
// known before anybody logs in.
func TestOneAccount(t *testing.T) {
	t.Parallel()
	account := redshift.Engine{}.Traits().Account
	if account("App") != account("app") || account("app") == account("app_clone") {
		t.Errorf("accounts: %q, %q, %q", account("App"), account("app"), account("app_clone"))
	}
}
