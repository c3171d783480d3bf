package ldap_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// ldapwhoami logs in with OpenLDAP's own client, over verified LDAPS.
func ldapwhoami(t testing.TB, dn, password string) error {
	t.Helper()
	dir := t.TempDir()
	file, ca := filepath.Join(dir, "password"), filepath.Join(dir, "ca.pem")
	must(t, os.WriteFile(file, []byte(password), 0o600))
	must(t, os.WriteFile(ca, server.CA, 0o600))
	cmd := exec.Command("ldapwhoami", "-x", "-H", fmt.Sprintf("ldaps://%s:%d", server.Host, server.TLSPort), "-D", dn, "-y", file)
	cmd.Env = append(os.Environ(), "LDAPTLS_CACERT="+ca, "LDAPTLS_REQCERT=demand")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("ldapwhoami: %w: %s", err, out)
	}
	return nil
}
