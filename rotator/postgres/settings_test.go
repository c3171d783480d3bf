package postgres_test

import "testing"

// settingsOf gives the settings of a role, by database.
func settingsOf(t *testing.T, role string) string {
	t.Helper()
	return query(t, `SELECT COALESCE(d.datname, '*') || ': ' || c FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
LEFT JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c WHERE rolname = `+literal(role)+" ORDER BY 1")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	execute(t, `CREATE DATABASE "settings ""db"""`)
	s := pairFor(t, "settings")
	for _, set := range []string{
		`search_path TO "$user", public, "My Schema", "say ""x"", y"`, `DateStyle TO 'ISO, DMY'`, `work_mem TO '64MB'`,
		`application_name TO 'it''s a \ "name", really'`, `"my.setting" TO ''`, `"my.other" TO E'a\\b\nc=d'`,
		`TimeZone TO 'America/New_York'`, `statement_timeout TO 5000`, `temp_tablespaces TO ''`, `role TO settings`,
		`default_transaction_isolation TO 'repeatable read'`,
	} {
		execute(t, "ALTER ROLE settings SET "+set)
	}
	execute(t, `ALTER ROLE settings IN DATABASE "settings ""db""" SET search_path TO ''`)
	same := func() {
		t.Helper()
		if want, got := settingsOf(t, "settings"), settingsOf(t, "settings_clone"); got != want || want == "" {
			t.Errorf("the clone has\n%s\nthe original\n%s", got, want)
		}
	}
	s.Rotate() // to the clone
	same()
	s.Rotate()

	execute(t, "ALTER ROLE settings RESET work_mem", "ALTER ROLE settings SET statement_timeout TO 6000",
		`ALTER ROLE settings IN DATABASE "settings ""db""" RESET search_path`)
	s.Rotate() // to the clone
	same()

	// While the clone is in use, someone thinks of the original.
	execute(t, "ALTER ROLE settings SET statement_timeout TO 7000")
	want := settingsOf(t, "settings")
	s.Rotate()
	if got := settingsOf(t, "settings"); got != want {
		t.Errorf("the original was changed to\n%s\nit was\n%s", got, want)
	}
	same()
	if len(s.Report.Notes) > 0 {
		t.Errorf("finishSecret notes %q", s.Report.Notes)
	}
}

// TestHostileSettings lets a user set on itself what would be run by the
// administrator if it were pasted into a statement.
func TestHostileSettings(t *testing.T) {
	t.Parallel()
	newRole(t, "hostile", "right")
	for _, text := range []string{
		`x; ALTER ROLE hostile SUPERUSER; --`, `"x", ALTER ROLE hostile SUPERUSER`, `x', ''; ALTER ROLE hostile SUPERUSER; --`, `"x`, `\'; ALTER ROLE hostile SUPERUSER; --`,
	} {
		execute(t, "SET SESSION AUTHORIZATION hostile;"+
			"SELECT set_config('local_preload_libraries', "+literal(text)+", false);"+
			"ALTER ROLE hostile SET local_preload_libraries FROM CURRENT;"+
			"RESET local_preload_libraries; RESET SESSION AUTHORIZATION")
		execute(t, "DROP ROLE IF EXISTS hostile_clone")
		clone(t, "hostile", "hostile_clone") // without logging in: there is no such library
		for _, role := range []string{"hostile", "hostile_clone"} {
			if query(t, "SELECT rolsuper FROM pg_roles WHERE rolname = "+literal(role)) != "false" {
				t.Fatalf("%q made %s a superuser", text, role)
			}
		}
	}
}
