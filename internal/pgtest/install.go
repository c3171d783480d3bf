package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// programs are the paths of PostgreSQL's server programs.
type programs struct{ initdb, postgres string }

// releases is where script/install-deps puts PostgreSQL of other releases than
// the system's: the oldest and the newest that are to be had.
const releases = "/var/tmp/alberti-servers/postgresql-"

// findRelease gives the programs of one release.
func findRelease(release int) (programs, error) {
	bin := releases + strconv.Itoa(release) + "/bin/"
	p := programs{initdb: bin + "initdb", postgres: bin + "postgres"}
	if _, err := os.Stat(p.postgres); err != nil {
		return programs{}, fmt.Errorf("pgtest: no PostgreSQL %d: run script/install-deps postgresql%d: %w", release, release, err)
	}
	return p, nil
}

// findPrograms takes the newest version that Debian's layout has, else what is
// in PATH.
func findPrograms() (programs, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	best, newest := "", -1.0
	for _, initdb := range found {
		version, err := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(initdb))), 64)
		if err == nil && version > newest {
			best, newest = initdb, version
		}
	}
	if best == "" {
		best, _ = exec.LookPath("initdb")
	}
	// initdb in PATH may be a link into the folder where postgres is.
	resolved, err := filepath.EvalSymlinks(best)
	if err == nil {
		postgres := filepath.Join(filepath.Dir(resolved), "postgres")
		if _, err = os.Stat(postgres); err == nil {
			return programs{initdb: resolved, postgres: postgres}, nil
		}
	}
	return programs{}, errors.New("pgtest: no PostgreSQL server (initdb and postgres) in /usr/lib/postgresql/*/bin or PATH: " +
		"install the package postgresql, as script/install-deps does")
}

// owner is the user of the system that a server runs as: ourselves, but never
// root, whom PostgreSQL refuses.
type owner struct{ credential *syscall.Credential }

func findOwner() (owner, error) {
	if os.Geteuid() != 0 {
		return owner{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return owner{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
		}
	}
	return owner{}, errors.New("pgtest: root must not run PostgreSQL, and there is no user postgres or nobody to run it as")
}

// makeDir makes a folder that the owner can reach and nobody else can read.
func (o owner) makeDir() (string, error) {
	parent := os.TempDir()
	if o.credential != nil && !reachable(parent) {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "alberti-pg-")
	if err != nil {
		return "", err
	}
	return dir, o.own(dir)
}

// reachable tells whether everybody may pass through a folder and all above it.
func reachable(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}

func (o owner) own(path string) error {
	if o.credential == nil {
		return nil
	}
	return os.Chown(path, int(o.credential.Uid), int(o.credential.Gid))
}

// write makes a file that the owner alone can read.
func (o owner) write(path string, content []byte) error {
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return o.own(path)
}

// command prepares a program to run as the owner. It must not start where we
// are: the owner may not be able to be there.
func (o owner) command(cmd *exec.Cmd, dir string) *exec.Cmd {
	cmd.Dir = dir
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", fmt.Sprintf("PATH=%s", os.Getenv("PATH"))}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: o.credential,
		Setpgid:    true, // Ctrl-C at the terminal is for us: we stop the server in order
	}
	return cmd
}
