package app

import (
	"crypto/x509"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
)

// targets is what the functions are told of their targets and of passwords.
type targets struct {
	rotator.Config
	passwords map[string]rotator.PasswordPolicy // of functions that have one of their own
}

// of is the configuration of one function.
func (t targets) of(function string) rotator.Config {
	if p, ok := t.passwords[function]; ok {
		t.Passwords = p
	}
	return t.Config
}

// targets reads the part of the configuration that is about rotation functions.
func (c Config) targets(families []rotator.Family) (targets, error) {
	t := targets{Config: rotator.Config{Passwords: c.Passwords}}
	var err error
	if t.TLS, err = rotator.ParseTLSMode(c.RotationTLS); err != nil {
		return t, fmt.Errorf("--rotation-tls %w", err)
	}
	if c.RotationCA != "" {
		if t.Roots, err = readRoots(c.RotationCA); err != nil {
			return t, fmt.Errorf("--rotation-ca: %w", err)
		}
	}
	t.passwords, err = c.functionPasswords(families)
	return t, err
}

// readRoots adds a file of PEM certificates to the system's.
func readRoots(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no PEM certificate", file)
	}
	return roots, nil
}

// functionPasswords reads NAME:OPTION=VALUE, the options of single functions, one
// a line.
func (c Config) functionPasswords(families []rotator.Family) (map[string]rotator.PasswordPolicy, error) {
	options := map[string]map[string]string{}
	for text := range strings.SplitSeq(strings.Join(c.FunctionEnv, "\n"), "\n") {
		if text == "" {
			continue
		}
		setting, value, ok := strings.Cut(text, "=")
		function, name, named := strings.Cut(setting, ":")
		switch {
		case !ok || !named:
			return nil, fmt.Errorf("--function-env %q is not NAME:OPTION=VALUE", text)
		case !bring(families, function):
			return nil, fmt.Errorf("--function-env %q: there is no built-in function %s", text, function)
		case !slices.Contains(rotator.PasswordOptions(), name):
			return nil, fmt.Errorf("--function-env %q: there is no option %s", text, name)
		}
		if options[function] == nil {
			options[function] = map[string]string{}
		}
		options[function][name] = value
	}
	policies := map[string]rotator.PasswordPolicy{}
	for function, set := range options {
		p, err := c.Passwords.With(func(name string) (string, bool) { text, ok := set[name]; return text, ok })
		if err != nil {
			return nil, fmt.Errorf("--function-env %s:%w", function, err)
		}
		policies[function] = p
	}
	return policies, nil
}
