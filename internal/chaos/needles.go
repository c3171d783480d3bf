package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// needles are passwords that must be nowhere in clear.
type needles struct {
	mu  sync.Mutex
	all map[string]bool
}

func (n *needles) add(passwords ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.all == nil {
		n.all = map[string]bool{}
	}
	for _, p := range passwords {
		n.all[p] = true
	}
}

const edge = 8 // characters of a password by which it is looked up

// in counts the passwords in a text, in one go over it however many they are.
func (n *needles) in(text []byte) (found int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	begin := map[[edge]byte][]string{}
	for p := range n.all {
		if len(p) < edge {
			panic("a password is too short to look for")
		}
		key := [edge]byte([]byte(p))
		begin[key] = append(begin[key], p)
	}
	for i := 0; i+edge <= len(text); i++ {
		for _, p := range begin[[edge]byte(text[i:])] {
			if bytes.HasPrefix(text[i:], []byte(p)) {
				found++
			}
		}
	}
	return found
}

// inFiles looks for passwords in all that a server keeps, as they are and in
// base64, and says where one is.
func inFiles(data string, passwords []string) error {
	var forms [][]byte
	for _, p := range passwords {
		encoded := strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(p)), "=")
		forms = append(forms, []byte(p), []byte(encoded[:len(encoded)-1]))
	}
	return filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, form := range forms {
			if bytes.Contains(text, form) {
				return fmt.Errorf("a password is in clear in %s", d.Name())
			}
		}
		return err
	})
}
