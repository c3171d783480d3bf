// Package app is the only one that knows everybody: it reads the configuration,
// puts the parts together and runs them. It decides nothing that is Secrets
// Manager's.
package app

import (
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"time"

	"github.com/alberti-dev/alberti/rotation"
	"github.com/alberti-dev/alberti/rotator"
	"github.com/alberti-dev/alberti/schedule"
)

// Account is the account that a new deployment starts with.
const Account = "000000000000"

// DefaultRegion is what the files for the AWS CLI name; any other is served too.
const DefaultRegion = "us-east-1"

// Config is all that can be set. Defaults gives what goes without saying.
type Config struct {
	Listen         string // address and port; port 0 picks a free one
	Data           string // the data directory
	Store          string // a PostgreSQL URL; "" for SQLite in the data directory
	RootKey        string // the root key file; "" for one in the data directory
	TLSCert        string
	TLSKey         string
	InsecureListen bool // serve without TLS beyond loopback

	// RootAccessKeyID and RootSecretAccessKey, when both are set at the first
	// start, are the root user's access key; else one is made.
	RootAccessKeyID     string
	RootSecretAccessKey Secret

	RotationWorkers     int           // rotations at a time
	RotationRetry       time.Duration // the pause after a first failed attempt
	RotationStepTimeout time.Duration // the longest that a step may take
	RotationLease       time.Duration // how long a dead server keeps a rotation
	RotationSpread      bool          // spread rotations over their windows, or start them when these open
	RotationAttempts    int           // of one rotation, before it waits for a person
	MinRotationInterval time.Duration // the least time between two rotations that rules may ask for
	Passwords           rotator.PasswordPolicy

	Now     func() time.Time
	Log     *slog.Logger
	Reached func(Point) // see rotation.Config
}

// Point is a moment in the life of a rotation.
type Point = rotation.Point

// Secret is a text that cannot be printed.
type Secret string

// Format keeps every verb of fmt from printing it.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[redacted]") }

// Defaults is the configuration of a server on this machine alone.
func Defaults() Config {
	return Config{
		Listen: "127.0.0.1:1467", Data: "alberti-data",
		RotationWorkers: 4, RotationRetry: time.Minute, RotationStepTimeout: 5 * time.Minute, RotationLease: 30 * time.Second,
		RotationSpread: true, RotationAttempts: 50, MinRotationInterval: schedule.Interval,
		Passwords: rotator.DefaultPasswords(),
		Now:       time.Now, Log: slog.New(slog.DiscardHandler),
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
	case c.Store != "" && !strings.HasPrefix(c.Store, "postgres://") && !strings.HasPrefix(c.Store, "postgresql://"):
		return fmt.Errorf("--store must be a postgres:// URL (leave it out for SQLite in the data directory)")
	case c.RotationWorkers < 1:
		return fmt.Errorf("--rotation-workers must be at least 1")
	case c.RotationRetry <= 0 || c.RotationStepTimeout <= 0 || c.RotationLease < time.Second:
		return fmt.Errorf("--rotation-retry and --rotation-step-timeout must be more than 0, --rotation-lease at least 1s")
	case c.RotationAttempts < 1:
		return fmt.Errorf("--rotation-attempts must be at least 1")
	case c.MinRotationInterval < time.Hour:
		return fmt.Errorf("--min-rotation-interval must be at least 1h: windows start on the hour")
	}
	return c.checkListen()
}

// checkListen keeps passwords from crossing a network in clear.
func (c Config) checkListen() error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %q is not HOST:PORT", c.Listen)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	if c.TLSCert == "" && !c.InsecureListen {
		return fmt.Errorf("--listen %s is not loopback, and there is no TLS: give --tls-cert and --tls-key, or --insecure-listen if something else encrypts the way here", c.Listen)
	}
	return nil
}

// rootKeyPath is where the root key is; beside tells that it lies with the data
// that it guards.
func (c Config) rootKeyPath() (path string, beside bool) {
	if c.RootKey != "" {
		return c.RootKey, false
	}
	return filepath.Join(c.Data, "root.key"), true
}

func (c Config) storePath() string {
	if c.Store != "" {
		return c.Store
	}
	return filepath.Join(c.Data, "alberti.db")
}
