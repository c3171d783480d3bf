// Package journal keeps every credential that was sent to a target: a value is
// in it, durably, before the target hears of it (rotation-functions.md, 16.5).
//
// It lies in files of its own, apart from the store, so that a store restored
// from an older backup finds there what its targets have been told since. A
// file belongs to one secret and holds its latest values, each sealed under the
// root key alone.
package journal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/alberti-dev/alberti/keyring"
	"github.com/alberti-dev/alberti/secret"
)

// kept is how many values of a secret are kept at least. More are of no use: a
// login is tried with each of them.
const kept = 32

// Entry is a value that was sent.
type Entry struct {
	Version string
	Sent    time.Time
	Value   secret.Value
}

// Journal is a directory of files. One process writes to it.
type Journal struct {
	dir  string
	root keyring.Wrapper
	mu   [64]sync.Mutex // of files, by their names
}

// Open makes a journal of a directory.
func Open(dir string, root keyring.Wrapper) *Journal { return &Journal{dir: dir, root: root} }

// Make makes the directory, durably. One that cannot be made is found out when a
// server starts, and not by its first rotation.
func (j *Journal) Make() error {
	err := os.MkdirAll(j.dir, 0o700)
	if err == nil {
		err = syncDir(filepath.Dir(j.dir))
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// line is an entry before it is sealed.
type line struct {
	Version string
	Sent    time.Time
	Binary  bool
	Value   []byte
}

func aad(secretARN string) []byte { return []byte("alberti journal v1\nSecretARN=" + secretARN) }

// Keep adds an entry. When it returns nil the entry is on the disk.
func (j *Journal) Keep(ctx context.Context, secretARN string, e Entry) error {
	plain, err := json.Marshal(line{e.Version, e.Sent, e.Value.IsBinary(), e.Value.Reveal()})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer clear(plain)
	sealed, err := keyring.SealAlone(ctx, j.root, plain, aad(secretARN))
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	path, unlock := j.lock(secretARN)
	defer unlock()
	if err := j.add(path, base64.StdEncoding.AppendEncode(nil, sealed)); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// Entries are the values of a secret that were kept, the latest first. What a
// crash cut off was never sent, and is passed over.
func (j *Journal) Entries(ctx context.Context, secretARN string) ([]Entry, error) {
	path, unlock := j.lock(secretARN)
	lines, err := read(path)
	unlock()
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var out []Entry
	var broken error
	for _, text := range slices.Backward(lines) {
		e, err := j.open(ctx, secretARN, text)
		if err != nil {
			broken = fmt.Errorf("journal: %w", err)
			continue
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		return nil, broken // all of them: that was no crash
	}
	return out, nil
}

func (j *Journal) open(ctx context.Context, secretARN string, text []byte) (Entry, error) {
	sealed, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return Entry{}, err
	}
	plain, err := keyring.OpenAlone(ctx, j.root, sealed, aad(secretARN))
	if err != nil {
		return Entry{}, err
	}
	var l line
	if json.Unmarshal(plain, &l) != nil {
		return Entry{}, errors.New("an entry is not readable") // the parser's words may quote it
	}
	value := secret.TextOf(l.Value)
	if l.Binary {
		value = secret.Binary(l.Value)
	}
	return Entry{l.Version, l.Sent, value}, nil
}

// Forget removes all values of a secret that is gone.
func (j *Journal) Forget(secretARN string) error {
	path, unlock := j.lock(secretARN)
	defer unlock()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// lock gives the file of a secret to one caller.
func (j *Journal) lock(secretARN string) (path string, unlock func()) {
	sum := sha256.Sum256([]byte(secretARN))
	name := hex.EncodeToString(sum[:])
	mu := &j.mu[int(sum[0])%len(j.mu)]
	mu.Lock()
	return filepath.Join(j.dir, name[:2], name[2:]), mu.Unlock
}

// read gives the lines of a file. The last may be cut off.
func read(path string) ([][]byte, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return slices.DeleteFunc(bytes.Split(text, []byte("\n")), func(l []byte) bool { return len(l) == 0 }), err
}

// add writes a line to the end of a file, durably. A file that has grown long is
// written anew with its latest lines.
func (j *Journal) add(path string, text []byte) error {
	lines, err := read(path)
	if err != nil {
		return err
	}
	if len(lines) == 0 || len(lines) >= 2*kept {
		return replace(path, append(lines[max(0, len(lines)-kept+1):], text))
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	// The line's end comes first too: the line before may have been cut off.
	_, err = f.Write(slices.Concat([]byte("\n"), text, []byte("\n")))
	return errors.Join(err, f.Sync(), f.Close())
}

// replace writes a file anew: the old one stands until the new one is complete.
func replace(path string, lines [][]byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(bytes.Join(lines, []byte("\n")), '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return errors.Join(syncDir(dir), syncDir(filepath.Dir(dir)))
}

func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
