// Package adtest starts real domain controllers of an Active Directory (Samba)
// for tests. A controller has a loopback address and a folder of its own, and ends
// with the process that started it. Its ports are those that Windows has, so it
// needs root.
package adtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/go-ldap/ldap/v3"

	"github.com/alberti-dev/alberti/internal/certtest"
	"github.com/alberti-dev/alberti/internal/process"
)

const (
	startLimit = time.Minute
	pollEvery  = 50 * time.Millisecond
)

// The domain, and how deep in the tree it is.
const (
	Domain  = "ad.alberti.test"
	Realm   = "AD.ALBERTI.TEST"
	NetBIOS = "ALBERTI"
	Base    = "DC=ad,DC=alberti,DC=test"
	Admin   = "Administrator"
)

// Ports of every controller.
const (
	Port    = 389
	TLSPort = 636
)

// Server is a domain controller that runs.
type Server struct {
	Host          string // an address
	AdminPassword string
	CA            []byte // PEM
	Krb5Config    string // a file for MIT's tools, KRB5_CONFIG

	Files certtest.Files

	dir     string
	process *process.Process
	log     process.Output

	mu    sync.Mutex
	admin *ldap.Conn
}

// Start makes a domain and waits until its controller answers. The context bounds
// the start: Stop ends the controller.
func Start(ctx context.Context) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	if os.Geteuid() != 0 {
		return nil, errors.New("adtest: a domain controller must be started by root: its ports are below 1024")
	}
	dir, err := os.MkdirTemp("", "alberti-ad-")
	if err != nil {
		return nil, err
	}
	octet := make([]byte, 2)
	rand.Read(octet)
	s := &Server{
		Host: fmt.Sprintf("127.%d.%d.9", 64+octet[0]%128, octet[1]), AdminPassword: "aB3." + rand.Text(), dir: dir,
		Krb5Config: filepath.Join(dir, "krb5.conf"),
	}
	if err = s.provision(ctx); err == nil {
		err = s.launch(ctx)
	}
	if err == nil {
		err = s.relax()
	}
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("adtest: %w; the log ends:\n%s", err, s.Log()[max(0, len(s.Log())-2000):])
	}
	return s, nil
}

// Stop ends the controller and removes its data.
func (s *Server) Stop() {
	if s.admin != nil {
		s.admin.Close()
	}
	if s.process != nil {
		s.process.Stop(5 * time.Second)
	}
	os.RemoveAll(s.dir)
}

// Log is all that the controller has logged.
func (s *Server) Log() string { return s.log.String() }

// provision makes the domain.
func (s *Server) provision(ctx context.Context) (err error) {
	empty := filepath.Join(s.dir, "empty.conf")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		return err
	}
	out, err := exec.CommandContext(ctx, "samba-tool", "domain", "provision", "--configfile="+empty, "--targetdir="+s.dir,
		"--realm="+Realm, "--domain="+NetBIOS, "--host-name=dc1", "--host-ip="+s.Host, "--adminpass="+s.AdminPassword,
		"--server-role=dc", "--dns-backend=NONE", "--option=interfaces="+s.Host+"/8", "--option=bind interfaces only=yes", "--option=ldb:nosync=true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("samba-tool domain provision: %w: install the package samba-ad-dc, as script/install-deps does\n%s", err, out)
	}
	pair, err := certtest.New("dc1."+Domain, Domain, s.Host)
	if err != nil {
		return err
	}
	s.CA = pair.CA
	if s.Files, err = pair.Write(s.dir); err != nil {
		return err
	}
	replace := strings.NewReplacer("DIR", s.dir, "HOST", s.Host, "REALM", Realm, "NETBIOS", NetBIOS,
		"CAFILE", s.Files.CA, "CERTFILE", s.Files.Cert, "KEYFILE", s.Files.Key)
	return errors.Join(
		os.WriteFile(filepath.Join(s.dir, "smb.conf"), []byte(replace.Replace(smbConf)), 0o600),
		os.WriteFile(s.Krb5Config, []byte(replace.Replace(krb5Conf)), 0o600),
	)
}

const smbConf = `[global]
netbios name = DC1
realm = REALM
workgroup = NETBIOS
server role = active directory domain controller
server services = ldap, kdc
interfaces = HOST/8
bind interfaces only = yes
private dir = DIR/private
state directory = DIR/state
cache directory = DIR
lock directory = DIR
pid directory = DIR
ncalrpc dir = DIR/ncalrpc
winbindd socket directory = DIR/winbindd
ntp signd socket directory = DIR/ntp
binddns dir = DIR/bind-dns
log level = 1 auth_audit:5 dsdb_password_audit:5
ldb:nosync = true
tls cafile = CAFILE
tls certfile = CERTFILE
tls keyfile = KEYFILE
`

const krb5Conf = `[libdefaults]
default_realm = REALM
dns_lookup_kdc = false
dns_lookup_realm = false
rdns = false
udp_preference_limit = 1
[realms]
REALM = {
	kdc = HOST
}
`

func (s *Server) launch(ctx context.Context) (err error) {
	cmd := exec.Command("samba", "--interactive", "--model=single", "--configfile="+filepath.Join(s.dir, "smb.conf"))
	cmd.Stderr = &s.log
	if s.process, err = process.Start(cmd); err != nil {
		return err
	}
	return s.ready(ctx)
}

// ready waits until our controller lets its administrator in: another one on the
// address would not.
func (s *Server) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		conn, err := s.bind()
		if err == nil {
			s.admin = conn
			return nil
		}
		select {
		case <-s.process.Ended:
			return errors.New("samba ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("samba did not start in time: %w", err)
		case <-tick.C:
		}
	}
}
