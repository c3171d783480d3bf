// Package app is the only one that knows everybody: it reads the configuration,
// puts the parts together and runs them. It decides nothing that is Secrets
// Manager's.
package app

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/replication"
	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/schedule"
	"github.com/alberti-dev/alberti/store"
)

// Account is the account that a new deployment starts with.
const Account = "000000000000"

// DefaultRegion is what the files for the AWS CLI name; any other is served too.
const DefaultRegion = "us-east-1"

// Config is all that can be set. Defaults gives what goes without saying.
type Config struct {
	Listen         string // address and port; port 0 picks a free one
	Data           string // the data directory
	Journal        string // where values sent to targets are kept; "" for the data directory
	Store          string // a PostgreSQL URL; "" for SQLite in the data directory
	RootKey        string // the root key file; "" for one in the data directory
	TLSCert        string
	TLSKey         string
	InsecureListen bool // serve without TLS beyond loopback
	Dev            bool // let everybody on this machine move the clock (devclock.go)

	// RootAccessKeyID and RootSecretAccessKey, when both are set at the first
	// start, are the root user's access key; else one is made.
	RootAccessKeyID     string
	RootSecretAccessKey Secret

	RotationWorkers     int           // rotations at a time
	RotationPerHost     int           // likewise, on one host
	RotationRetry       time.Duration // the pause after a first failed attempt
	RotationStepTimeout time.Duration // the longest that a step may take
	RotationLease       time.Duration // how long a dead server keeps a rotation
	RotationSpread      bool          // spread rotations over their windows, or start them when these open
	RotationAttempts    int           // of one rotation, before it waits for a person
	MinRotationInterval time.Duration // the least time between two rotations that rules may ask for
	Passwords           rotator.PasswordPolicy
	FunctionEnv         []string // NAME:OPTION=VALUE, as Passwords but for one function
	RotationTLS         string   // how targets are spoken to whose secret has no ssl key
	RotationCA          string   // a file of certificates that vouch for targets, beside the system's
	HTTPFunctions       string   // the folder of the descriptions of HTTP APIs; "" for none

	// Of the functions that users bring:
	FunctionsDir         string        // where they run; "" for a place of the server's own
	FunctionIdle         time.Duration // after which an environment ends
	FunctionEnvironments int           // at the same time, of all functions
	FunctionUID          int           // as root, they run as users from this one on; 0 for a place that is free
	FunctionLogMiB       int           // how much of the log of each is kept
	EncloseFunction      []string      // environment.Config.Enclose of this program; nil refuses functions that are restricted to network targets

	// Functions gives rotation functions beside the built-in ones, by name; nil for
	// none.
	Functions func(rotator.Config) map[string]rotation.Function

	Now     func() time.Time // the real time; with Dev, dates are made by a clock that may be ahead of it
	Log     *slog.Logger
	Reached func(Point) // see rotation.Config, replication.Config and store.Config
}

// Point is a moment in the life of a rotation, a replica or a commit.
type Point = rotation.Point

func (c Config) reachedReplica(p replication.Point) {
	if c.Reached != nil {
		c.Reached(Point(p))
	}
}

func (c Config) reachedStore(p store.Point) {
	if c.Reached != nil {
		c.Reached(Point(p))
	}
}

// Secret is a text that cannot be printed.
type Secret string

// Format keeps every verb of fmt from printing it.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }

// Defaults is the configuration of a server on this machine alone.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:1467", Data: "alberti-data",
		RotationWorkers: 16, RotationPerHost: 8, RotationRetry: time.Minute, RotationStepTimeout: 5 * time.Minute, RotationLease: 30 * time.Second,
		RotationSpread: true, RotationAttempts: 50, MinRotationInterval: schedule.Interval,
		Passwords: rotator.DefaultPasswords(), RotationTLS: "preferred", FunctionLogMiB: 10, FunctionIdle: 10 * time.Minute, FunctionEnvironments: 32,
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
}

// Check refuses what cannot work, in one line each.
func (c Config) Check() error {
	switch {
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return fmt.Errorf("--tls-cert and --tls-key go together")
	case (c.RootAccessKeyID == "") != (c.RootSecretAccessKey == ""):
		return fmt.Errorf("ALBERTI_ROOT_ACCESS_KEY_ID and ALBERTI_ROOT_SECRET_ACCESS_KEY go together")
	case c.Data == "":
		return fmt.Errorf("--data is empty")
	case c.Dev && c.Store != "":
		return fmt.Errorf("--dev goes with SQLite only, not with --store: several servers on one PostgreSQL cannot share a test clock")
	case c.RotationWorkers < 1 || c.RotationPerHost < 1:
		return fmt.Errorf("--rotation-workers and --rotation-per-host must be at least 1")
	case c.RotationRetry <= 0 || c.RotationStepTimeout <= 0 || c.RotationLease < time.Second:
		return fmt.Errorf("--rotation-retry and --rotation-step-timeout must be more than 0, --rotation-lease at least 1s")
	case c.RotationAttempts < 1:
		return fmt.Errorf("--rotation-attempts must be at least 1")
	case c.FunctionIdle <= 0 || c.FunctionEnvironments < 1:
		return fmt.Errorf("--function-idle must be more than 0, --function-environments at least 1")
	case c.FunctionUID < 0:
		return fmt.Errorf("--function-uid must be at least 1, or 0 for a free block")
	case c.FunctionLogMiB < 1:
		return fmt.Errorf("--function-log-mib must be at least 1")
	case c.MinRotationInterval < time.Hour:
		return fmt.Errorf("--min-rotation-interval must be at least 1h: windows start on the hour")
	}
	if _, err := builtin(nil, c, nil); err != nil {
		return err
	}
	if _, err := c.tlsConfig(); err != nil {
		return err
	}
	return errors.Join(c.checkStore(), c.checkRootAccess(), c.checkListen())
}

// checkStore says of what is wrong with the URL only what holds no password.
func (c Config) checkStore() error {
	if c.Store == "" {
		return nil
	}
	if !store.IsPostgres(c.Store) {
		return fmt.Errorf("--store must be a postgres:// URL (leave it out for SQLite in the data directory)")
	}
	if err := store.CheckPostgres(c.Store); err != nil {
		return fmt.Errorf("--store: %w", err)
	}
	return nil
}

// checkRootAccess refuses an access key that could not be used: an id is a part of
// what is signed, between slashes, and both are lines of aws-credentials.
func (c Config) checkRootAccess() error {
	if strings.ContainsFunc(c.RootAccessKeyID, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
	}) {
		return fmt.Errorf("ALBERTI_ROOT_ACCESS_KEY_ID may have letters, digits, - and _ only")
	}
	if strings.ContainsFunc(string(c.RootSecretAccessKey), func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("ALBERTI_ROOT_SECRET_ACCESS_KEY may have printable ASCII without spaces only")
	}
	return nil
}

// checkListen keeps passwords from crossing a network in clear.
func (c Config) checkListen() error {
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q is not HOST:PORT", c.Listen)
	}
	if _, err := net.LookupPort("tcp", port); err != nil || port == "" {
		return fmt.Errorf("--listen %q: %q is no port", c.Listen, port)
	}
	if isLoopback(host) {
		return nil
	}
	if c.Dev {
		return fmt.Errorf("--listen %s is not loopback: with --dev whoever reaches the server can move its clock", c.Listen)
	}
	if c.TLSCert == "" && !c.InsecureListen {
		return fmt.Errorf("--listen %s is not loopback, and there is no TLS: give --tls-cert and --tls-key, or --insecure-listen if something else encrypts the way here", c.Listen)
	}
	return nil
}

// isLoopback tells whether a host's name or address is this machine's own.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func (c Config) rootKeyPath() string {
	if c.RootKey != "" {
		return c.RootKey
	}
	return filepath.Join(c.Data, "root.key")
}

func (c Config) journalPath() string {
	if c.Journal != "" {
		return c.Journal
	}
	return filepath.Join(c.Data, "journal")
}

// functionsPath is where functions run. As root they run as other users, who
// cannot come near the data directory, so it is elsewhere, by the data
// directory's name: a server that was killed finds what it left there.
func (c Config) functionsPath() string {
	switch {
	case c.FunctionsDir != "":
		return c.FunctionsDir
	case os.Geteuid() != 0:
		return filepath.Join(c.Data, "functions")
	}
	name := sha256.Sum256([]byte(c.absoluteData()))
	return filepath.Join("/var/lib/alberti-functions", hex.EncodeToString(name[:8]))
}

func (c Config) absoluteData() string {
	if at, err := filepath.Abs(c.Data); err == nil {
		return at
	}
	return c.Data
}

func (c Config) storePath() string {
	if c.Store != "" {
		return c.Store
	}
	return filepath.Join(c.Data, "alberti.db")
}
