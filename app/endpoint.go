package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/alberti-dev/alberti/rotator"
)

// Endpoint is where a server is and how to call it.
type Endpoint struct {
	URL             string
	Region          string
	AccessKeyID     string
	SecretAccessKey Secret
}

// ReadEndpoint reads the files that a server keeps for its clients in its data
// directory.
func ReadEndpoint(data string) (Endpoint, error) {
	config, err := readProfile(filepath.Join(data, configFile))
	if err != nil {
		return Endpoint{}, err
	}
	credentials, err := readProfile(filepath.Join(data, credentialsFile))
	return Endpoint{
		URL: config["endpoint_url"], Region: config["region"],
		AccessKeyID:     credentials["aws_access_key_id"],
		SecretAccessKey: Secret(credentials["aws_secret_access_key"]),
	}, err
}

// readProfile reads the one profile of a file that writeClientFiles wrote.
func readProfile(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("no server has run here: %w", err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, "="); ok {
			out[strings.TrimSpace(key)] = strings.TrimSpace(value)
		}
	}
	return out, nil
}

// PasswordsFromEnv reads the rules for new passwords under the names that AWS's
// templates use (rotation-functions.md, 1.9).
func PasswordsFromEnv(lookup func(string) (string, bool)) (rotator.PasswordPolicy, error) {
	return rotator.DefaultPasswords().With(lookup)
}
