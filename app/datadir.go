package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockData makes the data directory, if need be, and takes it for this process.
// The lock ends with the process, however it ends.
func lockData(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("data directory %s is in use by another alberti process", dir)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Files for the AWS CLI and SDKs, in the data directory.
const (
	configFile      = "aws-config"
	credentialsFile = "aws-credentials"
)

// writeClientFiles writes what the AWS CLI needs to find this server. The
// address may differ from one start to the next.
func writeClientFiles(dir, endpoint string, key rootKey) error {
	config := fmt.Sprintf("[default]\nregion = %s\nendpoint_url = %s\noutput = json\n", DefaultRegion, endpoint)
	credentials := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", key.id, string(key.secret))
	return errors.Join(
		replaceFile(filepath.Join(dir, configFile), config),
		replaceFile(filepath.Join(dir, credentialsFile), credentials),
	)
}

// replaceFile puts a text where a reader finds the old one or the new one,
// never half of either.
func replaceFile(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o600), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
