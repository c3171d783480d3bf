package pgtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// initialize makes the data directory and writes the configuration.
func (s *Server) initialize(ctx context.Context, options Options) error {
	o := s.owner
	password := filepath.Join(s.dir, "password")
	if err := o.write(password, []byte(s.Password+"\n")); err != nil {
		return err
	}
	defer os.Remove(password)
	initdb := o.command(exec.CommandContext(ctx, s.programs.initdb, "--pgdata", s.dataPath(), "--username", s.User,
		"--pwfile", password, "--auth-host", "scram-sha-256", "--auth-local", "scram-sha-256",
		"--locale", "C", "--encoding", "UTF8", "--no-sync"), s.dir)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w\n%s", err, out)
	}
	if options.TLS {
		if err := s.addCertificate(o); err != nil {
			return err
		}
	}
	return errors.Join(
		prepend(filepath.Join(s.dataPath(), "pg_hba.conf"), options.HBA),
		o.write(s.logPath(), nil),
		o.write(filepath.Join(s.dataPath(), "postgresql.auto.conf"), s.settings(options)),
	)
}

// settings writes postgresql.auto.conf, which has the last word.
func (s *Server) settings(o Options) []byte {
	all := map[string]string{
		"listen_addresses":        s.Host,
		"unix_socket_directories": s.dir,
		"max_connections":         "200",
		"shared_buffers":          "16MB", // several servers may run at once
		"logging_collector":       "off",  // the log is what comes out of stderr
	}
	if o.NoSync { // synchronous_commit stays: without it Restart would lose commits
		maps.Copy(all, map[string]string{"fsync": "off", "full_page_writes": "off"})
	}
	if o.TLS {
		all["ssl"], all["ssl_ca_file"] = "on", clientCA
	}
	maps.Copy(all, o.Settings)
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(all[name], "'", "''"))
	}
	return []byte(text.String())
}

// prepend puts lines before those of a file: in pg_hba.conf the first that fits counts.
func prepend(path string, lines []string) error {
	rest, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, append([]byte(strings.Join(append(lines, ""), "\n")), rest...), 0o600)
}
