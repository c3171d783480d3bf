package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// passwords are all that were in use during the demonstration.
type passwords struct {
	mu  sync.Mutex
	all map[string]bool
}

func (p *passwords) add(password string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.all == nil {
		p.all = map[string]bool{}
	}
	p.all[password] = true
}

// in tells whether any of them is in a text: as it is, or as JSON, hex or base64
// would have it.
func (p *passwords) in(text []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for password := range p.all {
		quoted, _ := json.Marshal(password)
		for _, form := range []string{
			password, strings.Trim(string(quoted), `"`),
			hex.EncodeToString([]byte(password)), base64.RawStdEncoding.EncodeToString([]byte(password)),
		} {
			if bytes.Contains(text, []byte(form)) {
				return true
			}
		}
	}
	return false
}

// place is where a password must not be.
type place struct {
	name string
	text []byte
	mark string // what must be there, to show that we look in the right place
}

// nothingLeaked looks for every password in all that was written.
func (d *demo) nothingLeaked(context.Context) error {
	d.screen.title(fmt.Sprintf("Looking for the %d passwords that were in use", len(d.seen.all)))
	store, err := d.files("alberti.db*")
	if err != nil {
		return err
	}
	trail, err := d.files("audit/*")
	if err != nil {
		return err
	}
	log, err := os.ReadFile(d.log())
	if err != nil {
		return err
	}
	for _, p := range []place{
		{"store", store, webSecret},
		{"audit trail", trail, "RotationSucceeded"},
		{"alberti's log", log, "rotation succeeded"},
		{"PostgreSQL's log", []byte(d.postgres.Log()), "SCRAM-SHA-256$"},
	} {
		if err := d.clean(p); err != nil {
			return err
		}
	}
	return nil
}

// clean proves that no password is in a place.
func (d *demo) clean(p place) error {
	switch {
	case !bytes.Contains(p.text, []byte(p.mark)):
		return fmt.Errorf("the %s lacks %q: it is not what it should be", p.name, p.mark)
	case d.seen.in(p.text):
		return fmt.Errorf("a password is in the %s", p.name)
	}
	d.screen.promise(p.name, fmt.Sprintf("has none of them (%d KiB, in which %q is found)", (len(p.text)+1023)/1024, p.mark))
	return nil
}

// files reads all files of the data directory that a pattern names.
func (d *demo) files(pattern string) (text []byte, err error) {
	names, err := filepath.Glob(filepath.Join(d.data(), pattern))
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		one, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		text = append(text, one...)
	}
	return text, nil
}
